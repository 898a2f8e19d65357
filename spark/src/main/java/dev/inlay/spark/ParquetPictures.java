package dev.inlay.spark;

import dev.inlay.batch.Pictures;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.image.EncodedPicture;
import dev.inlay.error.DataException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * The rows of one Parquet file: a text {@code path}, and the bytes of the picture as {@code content} (as Spark's
 * {@code binaryFile} calls them), {@code bytes} or {@code image}; without such a column {@code path} is that of a file.
 *
 * @param file its absolute path
 */
record ParquetPictures(String file) implements Pictures {
    @Serial
    private static final long serialVersionUID = 1L;

    private static final String PATH = "path";
    private static final List<String> BYTES = List.of("content", "bytes", "image");

    @Override
    public String key() {
        return new Fingerprint().with(file).hex().substring(0, 16);
    }

    @Override
    public List<String> ids() {
        Path parquet = Path.of(file);
        Set<String> ids = new LinkedHashSet<>();
        ParquetRows.read(parquet, List.of(column(ParquetRows.schema(parquet), PATH)), row -> {
            String id = id(row);
            if (!ids.add(id)) {
                throw new DataException(file + ": two rows have the path " + id + "; a path names one picture");
            }
        });
        return List.copyOf(ids);
    }

    @Override
    public Function<String, Path> sources() {
        Path parquet = Path.of(file);
        boolean holdsBytes = BYTES.stream().anyMatch(ParquetRows.schema(parquet)::containsField);
        return holdsBytes ? id -> parquet : Path::of;
    }

    @Override
    public void read(Set<String> wanted, int batch, Consumer<List<EncodedPicture>> each) {
        Path parquet = Path.of(file);
        MessageType schema = ParquetRows.schema(parquet);
        Optional<Type> bytes = BYTES.stream()
                .filter(schema::containsField)
                .map(name -> column(schema, name))
                .findFirst();
        List<Type> columns = new ArrayList<>(List.of(column(schema, PATH)));
        bytes.ifPresent(columns::add);
        List<EncodedPicture> gathered = new ArrayList<>();
        ParquetRows.read(parquet, columns, row -> {
            if (wanted.contains(id(row))) {
                gathered.add(picture(row, bytes));
                if (gathered.size() == batch) {
                    each.accept(List.copyOf(gathered));
                    gathered.clear();
                }
            }
        });
        if (!gathered.isEmpty()) {
            each.accept(List.copyOf(gathered));
        }
    }

    private EncodedPicture picture(Group row, Optional<Type> bytes) {
        String id = id(row);
        if (bytes.isEmpty()) {
            return EncodedPicture.of(Path.of(id));
        }
        String name = bytes.get().getName();
        boolean none = row.getFieldRepetitionCount(name) == 0;
        return EncodedPicture.of(id, none ? new byte[0] : row.getBinary(name, 0).getBytes());
    }

    private String id(Group row) {
        if (row.getFieldRepetitionCount(PATH) == 0) {
            throw new DataException(file + ": a row without a path");
        }
        return row.getString(PATH, 0);
    }

    private Type column(MessageType schema, String name) {
        if (!schema.containsField(name)
                || !schema.getType(name).isPrimitive()
                || schema.getType(name).asPrimitiveType().getPrimitiveTypeName() != PrimitiveTypeName.BINARY) {
            throw new DataException(file + ": expected a text column " + PATH + " and the bytes of pictures as one of "
                    + BYTES + ", found " + schema.getFields());
        }
        return schema.getType(name);
    }
}
