package dev.inlay.checkpoint.safetensors;

import dev.inlay.error.DataException;
import dev.inlay.error.Libraries;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A safetensors file, open for reading. The header is read and checked once; the elements are read when asked for, so
 * files and their sum may be larger than memory. Safe to use from several threads.
 *
 * <p>Format: <a href="https://github.com/huggingface/safetensors#format">huggingface/safetensors</a>.
 */
public final class SafeTensorsFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 18;
    private static final int MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private final Path file;
    private final FileChannel channel;
    private final Header header;

    private SafeTensorsFile(Path file, FileChannel channel, Header header) {
        this.file = file;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens a file and checks everything its header claims. Refused are headers of more than 100 MB, 100,000 tensors or
     * 64 sizes per tensor, unknown dtypes, names given twice, and tensors that do not fill the file exactly.
     *
     * @throws DataException if the file cannot be read or departs from the format; the message names the tensor
     */
    public static SafeTensorsFile open(Path file) {
        Libraries.require();
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            try {
                return new SafeTensorsFile(file, channel, Header.read(file, channel));
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": expected a safetensors file, found no file; check the path", e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Refuses a file that can be opened, but has too long a header, before the header is read.
     *
     * @param most bytes of the header
     * @throws DataException if its header is longer
     */
    public static void requireHeader(Path file, int most) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long length = Header.length(channel);
            if (length > most && length <= Header.MAX_BYTES) {
                throw new DataException(file + ": header length: expected at most " + most
                        + " bytes in a file of this kind," + " found " + length);
            }
        } catch (IOException e) {
            // opening it says so
        }
    }

    /** The file, as it was given. */
    public Path path() {
        return file;
    }

    /** The names of the tensors, in the order of their bytes. Available after closing. */
    public List<String> names() {
        return List.copyOf(header.tensors().keySet());
    }

    /** Whether the file holds a tensor of this name. Available after closing. */
    public boolean contains(String name) {
        return header.tensors().containsKey(name);
    }

    /**
     * What the file says about a tensor. Available after closing.
     *
     * @throws DataException if there is none of this name
     */
    public TensorInfo info(String name) {
        return locate(name).info();
    }

    /** The string pairs of the file, unmodifiable, empty if it has none. Available after closing. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * The elements of a floating-point tensor in row-major order; F16 and BF16 are widened, F64 is rounded.
     *
     * @throws DataException if there is no such tensor, it holds integers, or it has more elements than an array
     * @throws IllegalStateException if the file is closed
     */
    public float[] floats(String name) {
        float[] elements = new float[floatCount(info(name))];
        floatsInto(name, elements, 0);
        return elements;
    }

    /**
     * Puts the elements of a floating-point tensor, as {@link #floats}, into {@code target} from {@code offset} on.
     *
     * @throws DataException as {@link #floats}
     * @throws IllegalStateException if the file is closed
     * @throws IndexOutOfBoundsException if {@code target} has no room for them
     */
    public void floatsInto(String name, float[] target, int offset) {
        Header.Located tensor = locate(name);
        Objects.checkFromIndexSize(offset, floatCount(tensor.info()), target.length);
        Dtype dtype = tensor.info().dtype();
        forEachChunk(tensor, (chunk, at) -> Decode.floats(dtype, chunk, target, offset + at));
    }

    /**
     * The elements of a tensor of integers or booleans (0 or 1) in row-major order.
     *
     * @throws DataException if there is no such tensor, it is floating-point, or it has more elements than an array
     * @throws IllegalStateException if the file is closed
     */
    public long[] longs(String name) {
        Header.Located tensor = locate(name);
        Dtype dtype = tensor.info().dtype();
        if (dtype.isFloating()) {
            throw refuse(tensor.info(), "integers or booleans", dtype + "; read it as floats");
        }
        long[] elements = new long[arrayLength(tensor.info())];
        forEachChunk(tensor, (chunk, at) -> Decode.longs(dtype, chunk, elements, at));
        return elements;
    }

    /**
     * Fills what remains of {@code target} with the bytes of a tensor, little-endian, from its byte {@code from} on. A tensor of
     * any length can be read so, part by part.
     *
     * @throws DataException if there is no such tensor, or the file was cut short since it was opened
     * @throws IllegalStateException if the file is closed
     * @throws IndexOutOfBoundsException if the tensor has not as many bytes
     */
    public void read(String name, long from, ByteBuffer target) {
        Header.Located tensor = locate(name);
        Objects.checkFromIndexSize(from, target.remaining(), tensor.info().byteLength());
        requireOpen();
        try {
            Header.readFully(file, channel, tensor.position() + from, target);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * The bytes of a tensor, read-only, direct and little-endian, from 0 to its byte length. They are mapped from the
     * file, without a copy, and stay valid after {@link #close} for as long as the buffer is reachable: whoever hands
     * its address to native code keeps the buffer. The address is a multiple of the element size; where the file
     * places a tensor off that grid, the buffer is a copy. The file must not be changed in place meanwhile.
     *
     * @throws DataException if there is no such tensor, or it has 2^31 bytes or more
     * @throws IllegalStateException if the file is closed
     */
    public ByteBuffer buffer(String name) {
        Header.Located tensor = locate(name);
        requireOpen();
        long length = tensor.info().byteLength();
        if (length > Integer.MAX_VALUE) {
            throw refuse(tensor.info(), "at most " + Integer.MAX_VALUE + " bytes for one buffer", length + " bytes");
        }
        try {
            ByteBuffer bytes;
            if (tensor.position() % tensor.info().dtype().bytes() == 0) {
                bytes = channel.map(FileChannel.MapMode.READ_ONLY, tensor.position(), length);
            } else {
                bytes = ByteBuffer.allocateDirect((int) length);
                Header.readFully(file, channel, tensor.position(), bytes);
            }
            return bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Closes the file; a second call does nothing. Buffers given out stay valid. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private Header.Located locate(String name) {
        Header.Located tensor = header.tensors().get(name);
        if (tensor == null) {
            String first = header.tensors().keySet().stream()
                    .limit(8)
                    .map(HeaderParser::quoted)
                    .collect(Collectors.joining(", "));
            throw new DataException(file + ": expected a tensor " + HeaderParser.quoted(name) + ", found "
                    + header.tensors().size() + " others: " + first
                    + (header.tensors().size() > 8 ? ", …" : ""));
        }
        return tensor;
    }

    private int floatCount(TensorInfo info) {
        if (!info.dtype().isFloating()) {
            throw refuse(info, "F32, F16, BF16 or F64", info.dtype() + "; read it as longs");
        }
        return arrayLength(info);
    }

    private interface ChunkReader {
        /**
         * @param chunk whole elements, positioned at 0
         * @param at how many elements came before
         */
        void read(ByteBuffer chunk, int at);
    }

    /** Reads rather than maps: a file that shrinks meanwhile is then an exception, not a fault of the process. */
    private void forEachChunk(Header.Located tensor, ChunkReader reader) {
        requireOpen();
        long length = tensor.info().byteLength();
        ByteBuffer chunk =
                ByteBuffer.allocate((int) Math.min(length, CHUNK_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        try {
            for (long done = 0; done < length; done += chunk.limit()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), length - done));
                Header.readFully(file, channel, tensor.position() + done, chunk);
                reader.read(chunk, (int) (done / tensor.info().dtype().bytes()));
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private int arrayLength(TensorInfo info) {
        if (info.elements() > MAX_ARRAY_LENGTH) {
            throw refuse(
                    info, "at most " + MAX_ARRAY_LENGTH + " elements for one array", info.elements() + " elements");
        }
        return (int) info.elements();
    }

    private void requireOpen() {
        if (!channel.isOpen()) {
            throw new IllegalStateException(file + " is closed");
        }
    }

    private DataException refuse(TensorInfo info, String expected, String found) {
        return new DataException(
                file + ": tensor " + HeaderParser.quoted(info.name()) + ": expected " + expected + ", found " + found);
    }

    private static DataException unreadable(Path file, IOException e) {
        return new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
    }
}
