package dev.inlay.checkpoint.npz;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A matrix of float32 in a file of its own, NumPy's {@code .npy}, open for reading some rows at a time. Safe for use by many
 * threads.
 *
 * <p>Format: <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 */
public final class NpyMatrix implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path file;
    private final FileChannel in;
    private final NpyHeader header;
    private final int rows;
    private final int columns;

    private NpyMatrix(Path file, FileChannel in, NpyHeader header, int rows, int columns) {
        this.file = file;
        this.in = in;
        this.header = header;
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * Opens a file and checks its header and length.
     *
     * @throws DataException if it cannot be read or is not a matrix of float32, row-major
     */
    public static NpyMatrix open(Path file) {
        NpzEntry place = new NpzEntry(file, "");
        try (InputStream start = new BufferedInputStream(Files.newInputStream(file))) {
            NpyHeader header = NpyHeader.read(place, file.toString(), start);
            var shape = header.info().shape();
            if (shape.size() != 2 || header.info().dtype() != Dtype.F32 || header.columnMajor()) {
                throw place.refuse(
                        "a matrix of float32 in C order",
                        header.info().dtype() + " of shape " + shape
                                + (header.columnMajor() ? " in Fortran order" : ""));
            }
            long expected = header.length() + header.info().byteLength();
            if (Files.size(file) != expected) {
                throw place.refuse(expected + " bytes for the shape " + shape, Files.size(file) + " bytes");
            }
            return new NpyMatrix(
                    file,
                    FileChannel.open(file, StandardOpenOption.READ),
                    header,
                    Math.toIntExact(shape.get(0)),
                    Math.toIntExact(shape.get(1)));
        } catch (ArithmeticException e) {
            throw place.refuse("fewer than 2^31 rows and columns", "more");
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
    }

    /** How many rows. */
    public int rows() {
        return rows;
    }

    /** How many columns. */
    public int columns() {
        return columns;
    }

    /**
     * Reads some rows.
     *
     * @param from the first
     * @param count how many; with the columns, fewer than 2²⁹ numbers
     * @return (count, columns), row by row
     * @throws DataException if they cannot be read
     */
    public float[] rows(int from, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(Math.multiplyExact(count, columns), Float.BYTES));
        long position = header.length() + (long) from * columns * Float.BYTES;
        try {
            while (bytes.hasRemaining()) {
                int read = in.read(bytes, position + bytes.position());
                if (read < 0) {
                    throw new EOFException("the file has become shorter");
                }
            }
        } catch (IOException e) {
            throw new DataException("cannot read " + file + ": " + StorageException.reason(e), e);
        }
        float[] numbers = new float[count * columns];
        bytes.flip().order(header.order()).asFloatBuffer().get(numbers);
        return numbers;
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new DataException("cannot close " + file + ": " + StorageException.reason(e), e);
        }
    }

    /** Writes a matrix row by row, however many there will be. */
    public static final class Writer {
        private final FileChannel file;
        private final OutputStream out;
        private ByteBuffer row;
        private long rows;

        /**
         * Begins a matrix.
         *
         * @param file at 0; closed by the caller
         */
        public Writer(FileChannel file) throws IOException {
            this.file = file;
            this.out = new BufferedOutputStream(Channels.newOutputStream(file), BUFFER_BYTES);
            out.write(NpyHeader.ofFloats(0, 0));
        }

        /**
         * Writes the next row.
         *
         * @param numbers as many as in the rows before
         * @throws IllegalArgumentException if they are more or fewer
         */
        public void add(float[] numbers) throws IOException {
            if (row == null) {
                row = ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            }
            if (row.capacity() != numbers.length * Float.BYTES) {
                throw new IllegalArgumentException(
                        "expected " + row.capacity() / Float.BYTES + " numbers, found " + numbers.length);
            }
            row.asFloatBuffer().put(numbers);
            out.write(row.array());
            rows++;
        }

        /** Ends the matrix: the header gets its sizes. */
        public void finish() throws IOException {
            out.flush();
            file.position(0);
            out.write(NpyHeader.ofFloats(rows, row == null ? 0 : row.capacity() / Float.BYTES));
            out.flush();
        }
    }
}
