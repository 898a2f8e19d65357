package dev.inlay.data.source;

import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Text files that people write: UTF-8 with or without a byte order mark, with the line ends of any system. */
public final class TextLines {
    private static final String BYTE_ORDER_MARK = "\ufeff";
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final String what;
    private final Consumer<String> each;
    private long line = 1;

    private TextLines(Path file, String what, Consumer<String> each) {
        this.file = file;
        this.what = what;
        this.each = each;
    }

    /**
     * Gives the lines of a file, without their ends, one after the other.
     *
     * @param what what the file is, for messages
     * @param each gets them
     * @throws DataException if the file is missing, cannot be read or is not UTF-8, then with the line
     */
    public static void forEach(Path file, String what, Consumer<String> each) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new DataException(file + ": " + what + " is no file");
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            new TextLines(file, what, each).read(in);
        } catch (IOException e) {
            throw new DataException(file + ": " + what + " cannot be read: " + StorageException.reason(e), e);
        }
    }

    /** All lines of a file; as {@link #forEach}. */
    public static List<String> read(Path file, String what) {
        List<String> lines = new ArrayList<>();
        forEach(file, what, lines::add);
        return lines;
    }

    /** The whole text of a file, its lines ended by line feeds; as {@link #forEach}. */
    static String text(Path file, String what) {
        StringBuilder text = new StringBuilder();
        forEach(file, what, line -> text.append(line).append('\n'));
        return text.toString();
    }

    private void read(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int before = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (next == '\n' && before == '\r') {
                before = next;
                continue; // the line is over already
            }
            if (next == '\n' || next == '\r') {
                give(bytes.toByteArray());
                bytes.reset();
            } else {
                bytes.write(next);
            }
            before = next;
        }
        if (bytes.size() > 0) {
            give(bytes.toByteArray());
        }
    }

    private void give(byte[] bytes) {
        if (line == 1 && isUtf16(bytes)) {
            throw new DataException(file + " line 1: " + what + " is text in UTF-16; save it as UTF-8");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DataException(
                    file + " line " + line + ": " + what + " is not text in UTF-8; save it as UTF-8, for example with"
                            + " iconv -f latin1 -t utf-8",
                    e);
        }
        each.accept(line == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
        line++;
    }

    private static boolean isUtf16(byte[] bytes) {
        return bytes.length >= 2
                && ((bytes[0] == (byte) 0xff && bytes[1] == (byte) 0xfe)
                        || (bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xff));
    }
}
