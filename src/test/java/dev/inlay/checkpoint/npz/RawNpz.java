package dev.inlay.checkpoint.npz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Archives put together byte by byte. */
public final class RawNpz {
    private RawNpz() {}

    /** An array of version 1 in C order. */
    public static byte[] array(String descr, String shape, byte[] elements) {
        return array(1, "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n", elements);
    }

    /** An array with a header of any text. */
    public static byte[] array(int version, String header, byte[] elements) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(12 + text.length + elements.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) version)
                .put((byte) 0);
        if (version == 1) {
            bytes.putShort((short) text.length);
        } else {
            bytes.putInt(text.length);
        }
        bytes.put(text).put(elements);
        byte[] filled = new byte[bytes.position()];
        bytes.rewind().get(filled);
        return filled;
    }

    /** A float32 array of version 1 in C order. */
    public static byte[] floats(String shape, float... values) {
        ByteBuffer elements = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        elements.asFloatBuffer().put(values);
        return array("<f4", shape, elements.array());
    }

    /** A zip of stored entries. */
    public static Path write(Path file, Map<String, byte[]> entries) {
        return write(file, entries, ZipEntry.STORED);
    }

    /**
     * A zip.
     *
     * @param entries their bytes under their whole names
     * @param method of {@link ZipEntry}
     */
    public static Path write(Path file, Map<String, byte[]> entries, int method) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                ZipEntry zipped = new ZipEntry(entry.getKey());
                CRC32 checksum = new CRC32();
                checksum.update(entry.getValue());
                zipped.setMethod(method);
                zipped.setSize(entry.getValue().length);
                zipped.setCrc(checksum.getValue());
                zip.putNextEntry(zipped);
                zip.write(entry.getValue());
            }
            zip.close();
            return Files.write(file, bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The entries of a zip, in its order. */
    public static Map<String, byte[]> entries(Path file) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (InputStream in = Files.newInputStream(file);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }
}
