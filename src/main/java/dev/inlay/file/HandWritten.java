package dev.inlay.file;

import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads text files that people write or copy, such as configs and JSON: UTF-8 with or without a byte order mark. */
public final class HandWritten {
    private static final char BYTE_ORDER_MARK = '\ufeff';
    private static final int LITTLE_ENDIAN_MARK = 0xfffe;
    private static final int BIG_ENDIAN_MARK = 0xfeff;

    private HandWritten() {}

    /**
     * The text of a file.
     *
     * @throws IOException if it is missing, a folder, or not UTF-8, then with the line, or cannot be read; {@link
     *     StorageException#reason} says why
     */
    public static String read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw refused(file, "it is a folder, not a file");
        }
        if (Files.isSymbolicLink(file) && !Files.exists(file)) {
            throw refused(file, "it is a link to a file that is missing");
        }
        byte[] bytes = Files.readAllBytes(file);
        int mark = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << Byte.SIZE | bytes[1] & 0xff;
        if (mark == LITTLE_ENDIAN_MARK || mark == BIG_ENDIAN_MARK) {
            throw refused(file, "it is text in UTF-16; save it as UTF-8");
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer text = CharBuffer.allocate(bytes.length);
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        CoderResult result = decoder.decode(rest, text, true);
        if (result.isError()) {
            text.flip();
            long line = text.chars().filter(c -> c == '\n').count() + 1;
            throw refused(
                    file,
                    String.format(
                            "it is not UTF-8 text: line %d has the byte 0x%02X; save it as UTF-8", line, rest.get()));
        }
        text.flip();
        if (text.hasRemaining() && text.get(0) == BYTE_ORDER_MARK) {
            text.get();
        }
        return text.toString();
    }

    private static FileSystemException refused(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason);
    }
}
