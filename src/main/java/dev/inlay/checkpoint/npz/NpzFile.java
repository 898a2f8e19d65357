package dev.inlay.checkpoint.npz;

import dev.inlay.checkpoint.safetensors.Decode;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * A NumPy archive (a zip of {@code .npy} arrays, stored or deflated), open for reading. All headers are read and checked
 * once; the elements are read, and their checksum compared, when asked for. Elements are 2, 4 or 8 byte floating-point
 * numbers, signed integers, bytes or booleans of either byte order. Arrays of Python objects are refused.
 *
 * <p>Format: <a href="https://numpy.org/doc/stable/reference/generated/numpy.savez.html">numpy.savez</a>.
 */
public final class NpzFile implements AutoCloseable {
    static final int MAX_ENTRIES = 100_000;

    /** The most that all arrays together may be larger than the file. */
    static final int MAX_RATIO = 8;

    private static final String SUFFIX = ".npy";
    private static final int CHUNK_BYTES = 1 << 18;
    private static final int MAX_ARRAY_LENGTH = Integer.MAX_VALUE - 8;

    private final Path file;
    private final ZipFile zip;
    private final Map<String, Entry> arrays;

    /** An array in the archive. */
    private record Entry(NpzEntry place, ZipEntry zipped, NpyHeader header) {}

    private NpzFile(Path file, ZipFile zip) throws IOException {
        this.file = file;
        this.zip = zip;
        this.arrays = Collections.unmodifiableMap(arrays());
    }

    /** Whether a file is called {@code .npz}, or is a zip that begins with an {@code .npy} array. */
    public static boolean recognises(Path file) {
        if (file.toString().toLowerCase(Locale.ROOT).endsWith(".npz")) {
            return true;
        }
        try (InputStream in = Files.newInputStream(file);
                ZipInputStream zip = new ZipInputStream(in)) {
            ZipEntry first = zip.getNextEntry();
            return first != null && first.getName().endsWith(SUFFIX);
        } catch (IOException | IllegalArgumentException e) {
            return false; // damaged, or a name that is no text: whoever opens it says why
        }
    }

    /**
     * Opens a file and checks every header. Refused are more than 100,000 entries, entries that are no arrays, headers of
     * more than 10,000 bytes, arrays whose shape does not fill their entry exactly, and archives that unpack to more than
     * 8 times their size.
     *
     * @throws DataException if the file cannot be read or departs from the format; the message names the entry
     */
    public static NpzFile open(Path file) {
        try {
            ZipFile zip = new ZipFile(file.toFile());
            try {
                return new NpzFile(file, zip);
            } catch (IOException | RuntimeException e) {
                zip.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": expected an .npz file, found no file; check the path", e);
        } catch (IOException e) {
            throw new DataException(
                    file + ": expected an .npz file (a zip of arrays), found one that cannot be read: "
                            + NpzEntry.clean(String.valueOf(e.getMessage()))
                            + "; it is cut short, damaged or another kind of file",
                    e);
        }
    }

    private Map<String, Entry> arrays() throws IOException {
        if (zip.size() > MAX_ENTRIES) {
            throw new DataException(file + ": expected at most " + MAX_ENTRIES + " entries, found " + zip.size());
        }
        long left = Math.multiplyExact(Files.size(file), MAX_RATIO);
        Map<String, Entry> arrays = new LinkedHashMap<>();
        for (ZipEntry zipped : Collections.list(zip.entries())) {
            NpzEntry place = new NpzEntry(file, zipped.getName());
            if (!zipped.getName().endsWith(SUFFIX)) {
                throw place.refuse("arrays whose names end in " + SUFFIX, "another kind of entry");
            }
            if (zipped.getSize() < 0 || zipped.getSize() > left) {
                throw place.refuse(
                        "an archive that unpacks to at most " + MAX_RATIO + " times its " + Files.size(file) + " bytes",
                        Long.toUnsignedString(zipped.getSize()) + " bytes in this entry");
            }
            left -= zipped.getSize();
            String name = zipped.getName().substring(0, zipped.getName().length() - SUFFIX.length());
            if (arrays.put(name, new Entry(place, zipped, header(place, name, zipped))) != null) {
                throw place.refuse("every name once", "it twice");
            }
        }
        return arrays;
    }

    private NpyHeader header(NpzEntry place, String name, ZipEntry zipped) {
        try (InputStream in = zip.getInputStream(zipped)) {
            NpyHeader header = NpyHeader.read(place, name, in);
            long data = zipped.getSize() - header.length();
            if (header.info().byteLength() != data) {
                throw place.refuse(
                        header.info().byteLength() + " bytes for "
                                + header.info().dtype() + " " + header.info().shape(),
                        data + "; the header or the file is damaged");
            }
            return header;
        } catch (IOException e) {
            throw place.refuse(e);
        }
    }

    /** The file, as it was given. */
    public Path path() {
        return file;
    }

    /** The arrays by name ({@code .npy} left out), in the order of the archive; unmodifiable, available after closing. */
    public Map<String, TensorInfo> infos() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        arrays.forEach((name, entry) -> infos.put(name, entry.header().info()));
        return Collections.unmodifiableMap(infos);
    }

    /**
     * The elements of an array in row-major order as float32: halves are widened; doubles and large integers are rounded.
     *
     * @throws DataException if there is no such array, its bytes are damaged, or it has more elements than a Java array
     * @throws IllegalStateException if the file is closed
     */
    public float[] floats(String name) {
        Entry entry = entry(name);
        TensorInfo info = entry.header().info();
        if (!info.dtype().isFloating()) {
            long[] integers = longs(name);
            float[] widened = new float[integers.length];
            for (int i = 0; i < integers.length; i++) {
                widened[i] = integers[i];
            }
            return widened;
        }
        float[] elements = new float[length(entry)];
        forEachChunk(entry, (chunk, at) -> Decode.floats(info.dtype(), chunk, elements, at));
        if (!entry.header().columnMajor()) {
            return elements;
        }
        float[] rows = new float[elements.length];
        ColumnMajor walk = new ColumnMajor(info.shape());
        for (float element : elements) {
            rows[walk.next()] = element;
        }
        return rows;
    }

    /**
     * The elements of an array of integers or booleans (0 or 1) in row-major order.
     *
     * @throws DataException as {@link #floats}, or if the elements are floating-point
     * @throws IllegalStateException if the file is closed
     */
    public long[] longs(String name) {
        Entry entry = entry(name);
        TensorInfo info = entry.header().info();
        if (info.dtype().isFloating()) {
            throw entry.place().refuse("integers or booleans", info.dtype() + "; read it as floats");
        }
        long[] elements = new long[length(entry)];
        forEachChunk(entry, (chunk, at) -> Decode.longs(info.dtype(), chunk, elements, at));
        if (!entry.header().columnMajor()) {
            return elements;
        }
        long[] rows = new long[elements.length];
        ColumnMajor walk = new ColumnMajor(info.shape());
        for (long element : elements) {
            rows[walk.next()] = element;
        }
        return rows;
    }

    /** Closes the file; a second call does nothing. */
    @Override
    public void close() {
        try {
            zip.close();
        } catch (IOException e) {
            throw new DataException(file + ": cannot be closed: " + e.getMessage(), e);
        }
    }

    private Entry entry(String name) {
        Entry entry = arrays.get(name);
        if (entry == null) {
            throw new DataException(
                    file + ": expected an array '" + NpzEntry.clean(name) + "', found " + arrays.size() + " others");
        }
        return entry;
    }

    private static int length(Entry entry) {
        long elements = entry.header().info().elements();
        if (elements > MAX_ARRAY_LENGTH) {
            throw entry.place().refuse("at most " + MAX_ARRAY_LENGTH + " elements", elements + " elements");
        }
        return (int) elements;
    }

    private interface ChunkReader {
        /**
         * @param chunk whole elements, positioned at 0
         * @param at how many elements came before
         */
        void read(ByteBuffer chunk, int at);
    }

    private void forEachChunk(Entry entry, ChunkReader reader) {
        NpyHeader header = entry.header();
        long length = header.info().byteLength();
        CRC32 checksum = new CRC32();
        try (InputStream in = new CheckedInputStream(zip.getInputStream(entry.zipped()), checksum)) {
            in.readNBytes((int) header.length());
            byte[] bytes = new byte[(int) Math.min(length, CHUNK_BYTES)];
            for (long done = 0; done < length; done += bytes.length) {
                int count = (int) Math.min(bytes.length, length - done);
                if (in.readNBytes(bytes, 0, count) < count) {
                    throw entry.place().refuse(length + " bytes of elements", "fewer; the file is cut short");
                }
                reader.read(ByteBuffer.wrap(bytes, 0, count).slice().order(header.order()), (int)
                        (done / header.info().dtype().bytes()));
            }
            if (in.read() >= 0 || checksum.getValue() != entry.zipped().getCrc()) {
                throw entry.place().refuse("bytes that agree with their checksum", "others; the file is damaged");
            }
        } catch (IOException e) {
            throw entry.place().refuse(e);
        }
    }
}
