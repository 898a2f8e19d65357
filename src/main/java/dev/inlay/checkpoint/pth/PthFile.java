package dev.inlay.checkpoint.pth;

import dev.inlay.checkpoint.safetensors.Decode;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * A file of {@code torch.save} ({@code .pth}, {@code .pt}, {@code .bin}), open for reading, in the zip layout (torch 1.6
 * and later) or the one before. Its pickle is read once, under an allow-list: nothing in it is run, and no class but a
 * few inert stand-ins is made. The elements of tensors are read when asked for. For one thread at a time.
 *
 * <p>Source of the layouts: {@code torch/serialization.py}.
 */
public final class PthFile implements AutoCloseable {
    private static final byte[] ZIP_MAGIC = {'P', 'K', 3, 4};
    private static final int ZIP_NAME_LENGTH = 26;
    private static final int ZIP_NAME = 30;
    private static final int CHUNK_BYTES = 1 << 18;
    private static final long FREE_BYTES = 16 << 20;
    private static final int MAX_GROWTH = 8;

    private final Path file;
    private final Container container;
    private final long memoryLimit;

    private PthFile(Path file, Container container) throws IOException {
        this.file = file;
        this.container = container;
        this.memoryLimit = FREE_BYTES + MAX_GROWTH * Files.size(file);
    }

    /**
     * Whether a file begins as {@code torch.save} writes it, whatever its name: the magic number of the old layout, or a
     * zip archive that begins with a {@code data.pkl} or has one, as those of TorchScript. False for a file that cannot be read.
     */
    public static boolean recognises(Path file) {
        try {
            byte[] start = start(file);
            if (isLegacy(start)) {
                return true;
            }
            if (!isZip(start) || start.length < ZIP_NAME) {
                return false;
            }
            int length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getShort(ZIP_NAME_LENGTH) & 0xffff;
            String first =
                    new String(start, ZIP_NAME, Math.min(length, start.length - ZIP_NAME), StandardCharsets.UTF_8);
            return ZipContainer.isPickle(first) || ZipContainer.holdsPickle(file);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Opens a file and checks all that its pickle says: every tensor against its storage, every storage against the file. Of
     * classes that are not on the allow-list nothing is made. Refused are pickles of more than 32 MiB, 4,000,000 instructions or 1,000,000
     * remembered values, and more than 1,000 open tuples, lists and dictionaries within one another.
     *
     * @throws DataException if the file cannot be read or is damaged
     */
    public static PthFile open(Path file) {
        try {
            byte[] start = start(file);
            if (!isLegacy(start) && !isZip(start)) {
                throw new PthException(
                        "expected a file of torch.save, found neither a zip archive nor its older layout");
            }
            Container container = isLegacy(start) ? LegacyContainer.open(file) : ZipContainer.open(file);
            return new PthFile(file, container);
        } catch (PthException e) {
            throw new DataException(file + ": " + e.getMessage(), e);
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": expected a file of torch.save, found no file; check the path", e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** The file, as it was given. */
    public Path path() {
        return file;
    }

    /**
     * What was saved: a {@link TensorView}, {@link String}, {@link Number}, {@link Boolean}, null, {@code byte[]},
     * {@link java.util.List}, tuple as {@code Object[]}, or {@link java.util.Map} of these in the order of the file; what
     * is of another kind is {@link Opaque}. It may contain itself.
     */
    public Object content() {
        return container.content();
    }

    /** The classes and functions that the pickle names and that were passed over, and how many values of each there are. */
    public Map<String, Integer> passedOver() {
        return container.passedOver();
    }

    /**
     * The elements of a floating-point tensor, row-major; half and bfloat16 are widened, double is rounded.
     *
     * @param tensor of this file
     * @throws DataException if they would take more memory than 16 MiB and 8 times the file, or cannot be read
     * @throws IllegalArgumentException if the tensor holds integers
     */
    public float[] floats(TensorView tensor) {
        requireMemory(tensor.elements() * Float.BYTES);
        float[] span = new float[spanLength(tensor)];
        forEachChunk(tensor, (chunk, at) -> Decode.floats(tensor.storage().dtype(), chunk, span, at));
        if (tensor.isContiguous()) {
            return span;
        }
        int[] positions = tensor.positions();
        float[] elements = new float[positions.length];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = span[positions[i]];
        }
        return elements;
    }

    /**
     * The elements of a tensor of integers or truth values, row-major, widened.
     *
     * @param tensor of this file
     * @throws DataException as {@link #floats}
     * @throws IllegalArgumentException if the tensor holds floating-point numbers
     */
    public long[] longs(TensorView tensor) {
        requireMemory(tensor.elements() * Long.BYTES);
        long[] span = new long[spanLength(tensor)];
        forEachChunk(tensor, (chunk, at) -> Decode.longs(tensor.storage().dtype(), chunk, span, at));
        return tensor.isContiguous()
                ? span
                : Arrays.stream(tensor.positions())
                        .mapToLong(position -> span[position])
                        .toArray();
    }

    /** Closes the file. */
    @Override
    public void close() {
        try {
            container.close();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * @param bytes what reading would take
     * @throws DataException if that is out of proportion to the file, as views that repeat elements can be
     */
    void requireMemory(long bytes) {
        if (bytes > memoryLimit) {
            throw new DataException(file + ": expected tensors that take at most " + memoryLimit
                    + " bytes, which is 16 MiB and 8 times the file, found " + bytes);
        }
    }

    private interface ChunkReader {
        void read(ByteBuffer chunk, int at);
    }

    private int spanLength(TensorView tensor) {
        if (tensor.span() > Integer.MAX_VALUE - 8) {
            throw new DataException(file + ": a tensor of sizes " + tensor.shape()
                    + ": expected its elements closer together, found them spread over " + tensor.span());
        }
        return (int) tensor.span();
    }

    private void forEachChunk(TensorView tensor, ChunkReader reader) {
        int width = tensor.storage().dtype().bytes();
        long left = tensor.span() * width;
        if (left == 0) {
            return;
        }
        byte[] chunk = new byte[(int) Math.min(left, CHUNK_BYTES)];
        try (InputStream in = container.bytes(tensor.storage(), tensor.offset() * width)) {
            for (int at = 0; left > 0; ) {
                int count = in.readNBytes(chunk, 0, (int) Math.min(left, chunk.length));
                if (count < Math.min(left, chunk.length)) {
                    throw new DataException(file + ": storage '"
                            + PthException.shown(tensor.storage().key()) + "': expected " + left
                            + " more bytes, found the end; the file is damaged, get it again");
                }
                reader.read(ByteBuffer.wrap(chunk, 0, count).order(ByteOrder.LITTLE_ENDIAN), at);
                at += count / width;
                left -= count;
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static byte[] start(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(1024);
        }
    }

    private static boolean isLegacy(byte[] start) {
        return startsWith(start, LegacyContainer.MAGIC);
    }

    private static boolean isZip(byte[] start) {
        return startsWith(start, ZIP_MAGIC);
    }

    private static boolean startsWith(byte[] start, byte[] magic) {
        return start.length >= magic.length && Arrays.mismatch(start, magic) == magic.length
                || Arrays.equals(start, magic);
    }

    private static DataException unreadable(Path file, IOException cause) {
        return new DataException(file + ": cannot be read: " + StorageException.reason(cause), cause);
    }
}
