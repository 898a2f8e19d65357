package dev.inlay.checkpoint.pth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Pickles written by hand, a character for a byte, and the archives around them. */
public final class PickleText {
    public static final String START = "\u0080\u0002";

    private PickleText() {}

    static byte[] bytes(String pickle) {
        return pickle.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static String text(String value) {
        return "X" + little(value.length()) + value;
    }

    static String integer(int value) {
        return "J" + little(value);
    }

    static String little(int value) {
        byte[] four = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
        return new String(four, StandardCharsets.ISO_8859_1);
    }

    public static String tuple(int... values) {
        StringBuilder tuple = new StringBuilder("(");
        for (int value : values) {
            tuple.append(integer(value));
        }
        return tuple + "t";
    }

    /** A view of the float storage 0. */
    public static String tensor(int storageElements, int offset, String shape, String strides) {
        return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("0")
                + text("cpu") + integer(storageElements) + "tQ" + integer(offset) + shape + strides
                + "\u0089ccollections\nOrderedDict\n)RtR";
    }

    /** The tensor {@code w} alone in a dictionary. */
    static String dictionary(String tensor) {
        return START + "}" + text("w") + tensor + "s.";
    }

    /** An archive as torch writes it, with the floats 0, 1, … as storage 0. */
    public static Path archive(Path folder, String pickle, int floats) throws IOException {
        ByteBuffer storage = ByteBuffer.allocate(floats * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < floats; i++) {
            storage.putFloat(i);
        }
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a/data.pkl", bytes(pickle));
        entries.put("a/data/0", storage.array());
        return archive(folder, entries, ZipEntry.STORED);
    }

    /** A file as torch wrote it before 1.6, with the floats 0, 1, … as storage 0. */
    public static Path legacy(Path folder, String pickle, int floats) throws IOException {
        String head = new String(LegacyContainer.MAGIC, StandardCharsets.ISO_8859_1) + START + "M\u00e9\u0003." + START
                + "}" + text("little_endian") + "\u0088s." + pickle + START + "]" + text("0") + "a.";
        ByteBuffer all = ByteBuffer.allocate(head.length() + Long.BYTES + floats * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(bytes(head))
                .putLong(floats);
        for (int i = 0; i < floats; i++) {
            all.putFloat(i);
        }
        return Files.write(folder.resolve("made_legacy.pth"), all.array());
    }

    static Path archive(Path folder, Map<String, byte[]> entries, int method) throws IOException {
        Path file = folder.resolve("made.pth");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> content : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(content.getKey());
                entry.setMethod(method);
                entry.setSize(content.getValue().length);
                CRC32 crc = new CRC32();
                crc.update(content.getValue());
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(content.getValue());
                zip.closeEntry();
            }
        }
        return file;
    }
}
