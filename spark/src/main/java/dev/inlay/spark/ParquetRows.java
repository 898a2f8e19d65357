package dev.inlay.spark;

import dev.inlay.error.DataException;
import dev.inlay.error.UnreadableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeSet;
import java.util.function.ObjLongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads Parquet files row by row. */
final class ParquetRows {
    static final String SUFFIX = ".parquet";

    private static final Logger LOG = LoggerFactory.getLogger(ParquetRows.class);

    private static final String MAGIC = "PAR1";
    private static final String ENCRYPTED = "PARE";

    /** What Parquet's library reads without libraries of others. */
    private static final Set<CompressionCodecName> CODECS = EnumSet.of(
            CompressionCodecName.UNCOMPRESSED,
            CompressionCodecName.SNAPPY,
            CompressionCodecName.GZIP,
            CompressionCodecName.ZSTD,
            CompressionCodecName.LZ4_RAW);

    private ParquetRows() {}

    /**
     * The columns of a file.
     *
     * @throws UnreadableException if it cannot be opened now
     * @throws DataException if it is no Parquet file, or one that cannot be read
     */
    static MessageType schema(Path file) {
        requireMagic(file);
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
            return reader.getFileMetaData().getSchema();
        } catch (IOException | RuntimeException e) {
            LOG.debug("{}", file, e);
            throw new DataException(
                    file + ": its footer cannot be read; it is cut off or damaged, or was written with a codec or"
                            + " feature of Parquet that is not known here",
                    e);
        }
    }

    private static void requireMagic(Path file) {
        String magic;
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ByteBuffer first = ByteBuffer.allocate(MAGIC.length());
            while (first.hasRemaining() && channel.read(first) >= 0) {
                // a channel may give less than it is asked for
            }
            magic = new String(first.array(), 0, first.position(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UnreadableException(file, e);
        }
        if (magic.equals(ENCRYPTED)) {
            throw new DataException(file + ": an encrypted Parquet file, which is not read; write it unencrypted");
        }
        if (!magic.equals(MAGIC)) {
            throw new DataException(file + ": not a Parquet file: "
                    + (magic.isEmpty() ? "it is empty" : "it does not begin with " + MAGIC));
        }
    }

    /**
     * Reads some columns of every row, in order.
     *
     * @param each gets a row and its number, from 0
     * @throws DataException if the file is damaged
     */
    static void read(Path file, List<Type> columns, ObjLongConsumer<Group> each) {
        try (Stream<Row> rows = rows(file, columns)) {
            rows.forEach(row -> each.accept(row.columns, row.number));
        }
    }

    /**
     * A row of a file.
     *
     * @param number from 0
     */
    record Row(Group columns, long number) {}

    /**
     * Some columns of every row, in order, each read when it is asked for.
     *
     * @return to be closed; throws a {@link DataException} if the file is damaged
     */
    static Stream<Row> rows(Path file, List<Type> columns) {
        ParquetReader<Group> reader = open(file, columns);
        Iterator<Row> rows = new Iterator<>() {
            private long number;
            private boolean isRead;
            private Group next;

            @Override
            public boolean hasNext() {
                if (!isRead) {
                    next = ParquetRows.next(file, reader);
                    isRead = true;
                }
                return next != null;
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("no more rows");
                }
                isRead = false;
                return new Row(next, number++);
            }
        };
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(rows, Spliterator.ORDERED), false)
                .onClose(() -> close(file, reader));
    }

    private static ParquetReader<Group> open(Path file, List<Type> columns) {
        try {
            return ParquetReader.builder(new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
                    .set(ReadSupport.PARQUET_READ_SCHEMA, new MessageType("rows", columns).toString())
                    .build();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static void close(Path file, ParquetReader<Group> reader) {
        try {
            reader.close();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Group next(Path file, ParquetReader<Group> reader) {
        try {
            return reader.read();
        } catch (IOException | RuntimeException e) {
            throw unreadable(file, e);
        }
    }

    private static DataException unreadable(Path file, Exception e) {
        LOG.debug("{}", file, e);
        Set<String> others = codecs(file);
        return new DataException(
                others.isEmpty()
                        ? file + ": its rows cannot be read; it is cut off or damaged"
                        : file + ": compressed with " + String.join(", ", others)
                                + ", which cannot be read here; write it with one of " + CODECS,
                e);
    }

    /** Codecs of a file that need libraries of others. */
    private static Set<String> codecs(Path file) {
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
            return reader.getFooter().getBlocks().stream()
                    .flatMap(block -> block.getColumns().stream())
                    .map(ColumnChunkMetaData::getCodec)
                    .filter(codec -> !CODECS.contains(codec))
                    .map(CompressionCodecName::name)
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException | RuntimeException e) {
            LOG.debug("{}", file, e);
            return Set.of();
        }
    }
}
