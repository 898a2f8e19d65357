package dev.inlay.checkpoint.npz;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The start of an array: a magic number, a version, a length and a Python dictionary of three entries.
 *
 * <p>Format: <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 *
 * @param info what the elements are
 * @param order of the bytes of an element
 * @param columnMajor whether the first index changes fastest (Fortran order) rather than the last
 * @param length of the header with everything before the elements, bytes
 */
record NpyHeader(TensorInfo info, ByteOrder order, boolean columnMajor, long length) {
    /** NumPy's own limit. */
    static final int MAX_BYTES = 10_000;

    /** NumPy aligns elements to 64 bytes; two numbers of 19 digits fit, too. */
    private static final int MATRIX_BYTES = 128;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final Pattern DICTIONARY = Pattern.compile("\\{(.*)}\\s*", Pattern.DOTALL);
    private static final Pattern ENTRY = Pattern.compile(
            "\\s*+['\"](descr|fortran_order|shape)['\"]\\s*+:\\s*+('[^']*+'|\"[^\"]*+\"|True|False|\\([\\d\\s,]*+\\))\\s*+(,\\s*+|$)");
    private static final Map<String, Dtype> DTYPES = new TreeMap<>(Map.ofEntries(
            Map.entry("f2", Dtype.F16),
            Map.entry("f4", Dtype.F32),
            Map.entry("f8", Dtype.F64),
            Map.entry("i1", Dtype.I8),
            Map.entry("i2", Dtype.I16),
            Map.entry("i4", Dtype.I32),
            Map.entry("i8", Dtype.I64),
            Map.entry("u1", Dtype.U8),
            Map.entry("b1", Dtype.BOOL)));

    /**
     * Reads a header and nothing after it.
     *
     * @param name what to call the array
     * @throws dev.inlay.error.DataException if it departs from the format, or the elements are no plain numbers
     */
    static NpyHeader read(NpzEntry place, String name, InputStream in) throws IOException {
        byte[] start = in.readNBytes(MAGIC.length + 2);
        if (start.length < MAGIC.length + 2 || !Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw place.refuse("an .npy array, which begins with \\x93NUMPY", "other bytes");
        }
        int version = start[MAGIC.length];
        if (version < 1 || version > 3) {
            throw place.refuse("version 1, 2 or 3 of the .npy format", "version " + (version & 0xff));
        }
        int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
        byte[] stored = Arrays.copyOf(in.readNBytes(lengthBytes), Integer.BYTES);
        int length = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN).getInt();
        if (length < 0 || length > MAX_BYTES) {
            throw place.refuse(
                    "a header of at most " + MAX_BYTES + " bytes", Integer.toUnsignedString(length) + " bytes");
        }
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            throw place.refuse("a header of " + length + " bytes", text.length + "; the file is cut short");
        }
        return parse(place, name, new String(text, StandardCharsets.UTF_8), start.length + lengthBytes + length);
    }

    private static NpyHeader parse(NpzEntry place, String name, String text, long length) {
        Map<String, String> entries = entries(place, text);
        String descr = unquoted(entries.get("descr"));
        return new NpyHeader(
                info(place, name, descr, entries.get("shape")),
                descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                entries.get("fortran_order").equals("True"),
                length);
    }

    /**
     * The header of a matrix of little-endian float32, row-major; its length depends on nothing.
     *
     * @return 128 bytes, as NumPy writes them
     */
    static byte[] ofFloats(long rows, long columns) {
        byte[] header = new byte[MATRIX_BYTES];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) (MATRIX_BYTES - MAGIC.length - 4))
                .put(("{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }")
                        .getBytes(StandardCharsets.US_ASCII));
        header[MATRIX_BYTES - 1] = '\n';
        return header;
    }

    private static Map<String, String> entries(NpzEntry place, String text) {
        Map<String, String> entries = new LinkedHashMap<>();
        Matcher dictionary = DICTIONARY.matcher(text);
        if (dictionary.matches()) {
            Matcher entry = ENTRY.matcher(dictionary.group(1));
            while (entry.lookingAt() && entries.put(entry.group(1), entry.group(2)) == null) {
                entry.region(entry.end(), dictionary.group(1).length());
            }
            if (entries.size() == 3
                    && entry.regionStart() == entry.regionEnd()
                    && entries.get("descr").matches("(['\"]).*\\1")
                    && entries.get("fortran_order").matches("True|False")
                    && entries.get("shape").startsWith("(")) {
                return entries;
            }
        }
        throw place.refuse("a header {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}", NpzEntry.clean(text));
    }

    private static TensorInfo info(NpzEntry place, String name, String descr, String shape) {
        if (descr.matches("[<>|=]?O\\d*")) {
            throw place.refuse(
                    "numbers", "Python objects (dtype " + NpzEntry.clean(descr) + "), which are never unpickled");
        }
        Dtype dtype = descr.matches("[<>|=]..") ? DTYPES.get(descr.substring(1)) : null;
        if (dtype == null) {
            throw place.refuse(
                    "elements of one of " + String.join(", ", DTYPES.keySet()), "dtype " + NpzEntry.clean(descr));
        }
        List<Long> sizes = new ArrayList<>();
        try {
            for (String size : shape.substring(1, shape.length() - 1).split(",", -1)) {
                if (!size.isBlank()) {
                    sizes.add(Long.parseLong(size.strip()));
                }
            }
            return new TensorInfo(name, dtype, sizes);
        } catch (IllegalArgumentException e) {
            throw place.refuse("a shape of whole numbers with fewer than 2^63 bytes in all", NpzEntry.clean(shape));
        }
    }

    private static String unquoted(String literal) {
        return literal.substring(1, literal.length() - 1);
    }
}
