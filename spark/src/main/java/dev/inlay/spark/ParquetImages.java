package dev.inlay.spark;

import dev.inlay.batch.ImagePartition;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.image.EncodedImage;
import dev.inlay.error.DataException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * The rows of one Parquet file. An image is in a column {@code content} (as Spark's {@code binaryFile} calls it), {@code bytes}
 * or {@code image}, or in a struct of {@code bytes} and {@code path}, as {@code datasets} of Hugging Face writes it whatever the
 * column is called. It is called by the text column {@code path}, else by the path in the struct, else by file and row.
 * Without any bytes the path is that of a file, relative to the folder of the table.
 *
 * @param file its absolute path
 */
record ParquetImages(String file) implements ImagePartition {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final String PATH = "path";
    private static final String BYTES = "bytes";
    private static final List<String> COLUMNS = List.of("content", BYTES, "image");

    /**
     * Where things are in a row.
     *
     * @param path the column that names images; null if there is none
     * @param plain the column of bytes; null if there is none
     * @param struct the column of structs; null if there is none
     */
    private record Layout(Type path, Type plain, GroupType struct) {
        static Layout of(String file, MessageType schema) {
            Type path = schema.getFields().stream()
                    .filter(column -> column.getName().equals(PATH) && isBinary(column))
                    .findFirst()
                    .orElse(null);
            Optional<Type> plain = COLUMNS.stream()
                    .filter(schema::containsField)
                    .map(schema::<Type>getType)
                    .filter(Layout::isBinary)
                    .findFirst();
            Optional<GroupType> struct = schema.getFields().stream()
                    .filter(Layout::isImage)
                    .map(Type::asGroupType)
                    .findFirst();
            if (path == null && (plain.isPresent() || struct.isEmpty())) {
                throw new DataException(
                        file + ": expected a text column " + PATH + " and the bytes of images as one of " + COLUMNS
                                + ", or a struct of " + BYTES + " and " + PATH + ", found " + schema.getFields());
            }
            return new Layout(path, plain.orElse(null), plain.isPresent() ? null : struct.orElse(null));
        }

        private static boolean isBinary(Type column) {
            return column.isPrimitive()
                    && !column.isRepetition(Type.Repetition.REPEATED)
                    && column.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
        }

        private static boolean isImage(Type column) {
            return !column.isPrimitive()
                    && !column.isRepetition(Type.Repetition.REPEATED)
                    && column.asGroupType().containsField(BYTES)
                    && isBinary(column.asGroupType().getType(BYTES));
        }

        private boolean structHasPath() {
            return struct != null && struct.containsField(PATH) && isBinary(struct.getType(PATH));
        }

        /** Columns that say what images are called; some column, if none does. */
        List<Type> names() {
            if (path != null) {
                return List.of(path);
            }
            String field = structHasPath() ? PATH : BYTES;
            return List.of(new GroupType(struct.getRepetition(), struct.getName(), struct.getType(field)));
        }

        List<Type> all() {
            List<Type> all = new ArrayList<>();
            for (Type column : new Type[] {path, plain, struct}) {
                if (column != null) {
                    all.add(column);
                }
            }
            return all;
        }

        /** The path in a row; empty if there is none. */
        Optional<String> path(Group row) {
            if (path != null) {
                return isNull(row, PATH) ? Optional.empty() : Optional.of(row.getString(PATH, 0));
            }
            return structHasPath() && !isNull(row, struct.getName())
                    ? Optional.of(row.getGroup(struct.getName(), 0))
                            .filter(image -> !isNull(image, PATH))
                            .map(image -> image.getString(PATH, 0))
                    : Optional.empty();
        }

        /** The bytes in a row; empty if the image is a file. */
        Optional<byte[]> bytes(Group row) {
            if (plain != null) {
                String name = plain.getName();
                return Optional.of(
                        isNull(row, name) ? new byte[0] : row.getBinary(name, 0).getBytes());
            }
            if (struct == null) {
                return Optional.empty();
            }
            if (isNull(row, struct.getName())) {
                return Optional.of(new byte[0]);
            }
            Group image = row.getGroup(struct.getName(), 0);
            return isNull(image, BYTES)
                    ? Optional.empty()
                    : Optional.of(image.getBinary(BYTES, 0).getBytes());
        }

        private static boolean isNull(Group row, String column) {
            return row.getFieldRepetitionCount(column) == 0;
        }
    }

    @Override
    public String key() {
        return new Fingerprint().with(file).hex().substring(0, 16);
    }

    private Layout layout() {
        return Layout.of(file, ParquetRows.schema(Path.of(file)));
    }

    @Override
    public List<String> ids() {
        Layout layout = layout();
        Set<String> ids = new LinkedHashSet<>();
        ParquetRows.read(Path.of(file), layout.names(), (row, number) -> {
            String id = id(layout, row, number);
            if (!ids.add(id)) {
                throw new DataException(file + ": two rows have the path " + id + "; a path names one image");
            }
        });
        return List.copyOf(ids);
    }

    @Override
    public Function<String, Path> sources() {
        Path table = Path.of(file);
        Layout layout = layout();
        return layout.plain() == null && layout.struct() == null ? table::resolveSibling : id -> table;
    }

    @Override
    public Stream<EncodedImage> read(Set<String> wanted) {
        Layout layout = layout();
        return ParquetRows.rows(Path.of(file), layout.all())
                .filter(row -> wanted.contains(id(layout, row.columns(), row.number())))
                .map(row -> image(layout, row));
    }

    private EncodedImage image(Layout layout, ParquetRows.Row row) {
        String id = id(layout, row.columns(), row.number());
        return layout.bytes(row.columns())
                .map(bytes -> EncodedImage.of(id, bytes))
                .orElseGet(() -> EncodedImage.of(id, Path.of(file).resolveSibling(id)));
    }

    private String id(Layout layout, Group row, long number) {
        Optional<String> path = layout.path(row);
        if (path.isEmpty() && layout.path() != null) {
            throw new DataException(file + ": row " + number + " has no path");
        }
        return path.orElseGet(() -> file + "#" + number);
    }
}
