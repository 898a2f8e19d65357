package dev.inlay.spark;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.DOUBLE;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FLOAT;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;

import dev.inlay.batch.PredictionFormat;
import dev.inlay.batch.PredictionRow;
import dev.inlay.file.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

/** Predictions as Parquet, Snappy-compressed; the columns are the components of {@link PredictionRow} but those of masks, all but the path optional. */
public final class ParquetPredictions implements PredictionFormat {
    private static final MessageType SCHEMA = Types.buildMessage()
            .required(BINARY)
            .as(stringType())
            .named("path")
            .optional(BINARY)
            .as(stringType())
            .named("label")
            .optional(INT32)
            .named("index")
            .optional(DOUBLE)
            .named("score")
            .addFields(
                    classes("labels"),
                    Types.optionalMap()
                            .key(BINARY)
                            .as(stringType())
                            .requiredValue(DOUBLE)
                            .named("numbers"),
                    classes("top"),
                    floats("logits"),
                    floats("embedding"))
            .optional(BINARY)
            .as(stringType())
            .named("error")
            .named("prediction");

    private static GroupType classes(String column) {
        return Types.optionalList()
                .requiredGroupElement()
                .required(BINARY)
                .as(stringType())
                .named("label")
                .optional(INT32)
                .named("index")
                .required(DOUBLE)
                .named("score")
                .named(column);
    }

    private static GroupType floats(String column) {
        return Types.optionalList().requiredElement(FLOAT).named(column);
    }

    @Override
    public String name() {
        return "parquet";
    }

    @Override
    public String suffix() {
        return ParquetRows.SUFFIX;
    }

    @Override
    public void write(Path file, Consumer<Consumer<PredictionRow>> rows) {
        AtomicFile.write(file, channel -> {
            try (ParquetWriter<Group> out = ExampleParquetWriter.builder(new Whole(channel))
                    .withType(SCHEMA)
                    .withCompressionCodec(CompressionCodecName.SNAPPY)
                    .build()) {
                rows.accept(row -> append(out, row));
            }
        });
    }

    private static void append(ParquetWriter<Group> out, PredictionRow row) {
        try {
            out.write(group(row));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Group group(PredictionRow row) {
        Group group = new SimpleGroup(SCHEMA).append("path", row.path());
        if (row.error() != null) {
            return group.append("error", row.error());
        }
        if (row.label() != null) {
            group.append("label", row.label()).append("index", row.index()).append("score", row.score());
        }
        add(group, "labels", row.labels());
        if (row.numbers() != null) {
            Group numbers = group.addGroup("numbers");
            row.numbers()
                    .forEach((name, number) ->
                            numbers.addGroup("key_value").append("key", name).append("value", number));
        }
        add(group, "top", row.top());
        add(group, "logits", row.logits());
        add(group, "embedding", row.embedding());
        return group;
    }

    private static void add(Group group, String column, List<PredictionRow.Top> ranked) {
        if (ranked == null) {
            return;
        }
        Group list = group.addGroup(column);
        for (PredictionRow.Top one : ranked) {
            Group element = list.addGroup("list").addGroup("element").append("label", one.label());
            if (one.index() != null) {
                element.append("index", one.index());
            }
            element.append("score", one.score());
        }
    }

    private static void add(Group group, String column, float[] numbers) {
        if (numbers != null) {
            Group list = group.addGroup(column);
            for (float number : numbers) {
                list.addGroup("list").append("element", number);
            }
        }
    }

    @Override
    public void rows(Path file, Consumer<PredictionRow> each) {
        MessageType schema = ParquetRows.schema(file);
        String index = index(schema);
        ParquetRows.read(file, schema.getFields(), (group, number) -> each.accept(row(group, index)));
    }

    @Override
    public boolean isOfBefore(Path file) {
        return index(ParquetRows.schema(file)).equals(PredictionRow.INDEX_BEFORE);
    }

    /** What the index of the class is called in a file. */
    private static String index(MessageType schema) {
        return schema.containsField(PredictionRow.INDEX_BEFORE) ? PredictionRow.INDEX_BEFORE : "index";
    }

    private static PredictionRow row(Group group, String index) {
        String path = group.getString("path", 0);
        if (group.getFieldRepetitionCount("error") > 0) {
            return PredictionRow.unusable(path, group.getString("error", 0));
        }
        boolean oneClass = group.getFieldRepetitionCount("label") > 0;
        return new PredictionRow(
                path,
                oneClass ? group.getString("label", 0) : null,
                oneClass ? group.getInteger(index, 0) : null,
                oneClass ? group.getDouble("score", 0) : null,
                ranked(group, "labels"),
                named(group),
                ranked(group, "top"),
                numbers(group, "logits"),
                numbers(group, "embedding"),
                null);
    }

    /** Classes; null in a row without, or a file of before the column. */
    private static List<PredictionRow.Top> ranked(Group group, String column) {
        if (isMissing(group, column)) {
            return null;
        }
        Group list = group.getGroup(column, 0);
        return IntStream.range(0, list.getFieldRepetitionCount("list"))
                .mapToObj(i -> list.getGroup("list", i).getGroup("element", 0))
                .map(ranked -> new PredictionRow.Top(
                        ranked.getString("label", 0), topIndex(ranked), ranked.getDouble("score", 0)))
                .toList();
    }

    /** Numbers by their names; null in a row without, or a file of before the column. */
    private static Map<String, Double> named(Group group) {
        if (isMissing(group, "numbers")) {
            return null;
        }
        Group map = group.getGroup("numbers", 0);
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (int i = 0; i < map.getFieldRepetitionCount("key_value"); i++) {
            Group entry = map.getGroup("key_value", i);
            numbers.put(entry.getString("key", 0), entry.getDouble("value", 0));
        }
        return numbers;
    }

    private static boolean isMissing(Group group, String column) {
        return !group.getType().containsField(column) || group.getFieldRepetitionCount(column) == 0;
    }

    /** The index of a class; null in a row of before November 2026. */
    private static Integer topIndex(Group ranked) {
        return ranked.getType().containsField("index") && ranked.getFieldRepetitionCount("index") > 0
                ? ranked.getInteger("index", 0)
                : null;
    }

    /** A list of numbers; null in a row without, or a file of before the column. */
    private static float[] numbers(Group group, String column) {
        if (isMissing(group, column)) {
            return null;
        }
        Group list = group.getGroup(column, 0);
        float[] numbers = new float[list.getFieldRepetitionCount("list")];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = list.getGroup("list", i).getFloat("element", 0);
        }
        return numbers;
    }

    @Override
    public Set<String> paths(Path file) {
        Set<String> paths = new LinkedHashSet<>();
        ParquetRows.read(file, List.of(SCHEMA.getType("path")), (row, number) -> paths.add(row.getString("path", 0)));
        return paths;
    }

    /** A file that is open already, and that whoever opened it closes. */
    private record Whole(FileChannel channel) implements OutputFile {
        @Override
        public PositionOutputStream create(long blockSize) {
            return new PositionOutputStream() {
                @Override
                public long getPos() throws IOException {
                    return channel.position();
                }

                @Override
                public void write(int one) throws IOException {
                    write(new byte[] {(byte) one}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int from, int count) throws IOException {
                    ByteBuffer buffer = ByteBuffer.wrap(bytes, from, count);
                    while (buffer.hasRemaining()) {
                        channel.write(buffer);
                    }
                }
            };
        }

        @Override
        public PositionOutputStream createOrOverwrite(long blockSize) {
            return create(blockSize);
        }

        @Override
        public boolean supportsBlockSize() {
            return false;
        }

        @Override
        public long defaultBlockSize() {
            return 0;
        }
    }
}
