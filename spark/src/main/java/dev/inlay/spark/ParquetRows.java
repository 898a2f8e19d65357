package dev.inlay.spark;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** Reads Parquet files row by row. */
final class ParquetRows {
    static final String SUFFIX = ".parquet";

    private ParquetRows() {}

    /**
     * The columns of a file.
     *
     * @throws DataException if it is no Parquet file
     */
    static MessageType schema(Path file) {
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
            return reader.getFileMetaData().getSchema();
        } catch (IOException | RuntimeException e) {
            throw new DataException(file + ": not a Parquet file: " + e.getMessage(), e);
        }
    }

    /**
     * Reads some columns of every row, in order.
     *
     * @throws DataException if the file is damaged
     */
    static void read(Path file, List<Type> columns, Consumer<Group> each) {
        String projection = new MessageType("rows", columns).toString();
        try (ParquetReader<Group> reader = ParquetReader.builder(
                        new GroupReadSupport(), new org.apache.hadoop.fs.Path(file.toUri()))
                .set(ReadSupport.PARQUET_READ_SCHEMA, projection)
                .build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) {
                each.accept(row);
            }
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
