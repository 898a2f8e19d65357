package dev.inlay.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
     * @throws FileSystemException if it is missing, a folder, or not UTF-8, then with the line; its reason is fit to be
     *     read and does not name the file
     * @throws IOException if it cannot be read
     */
    public static String read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw refused(file, "is a folder, not a file");
        }
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw refused(file, Files.isSymbolicLink(file) ? "is a link to a file that is missing" : "does not exist");
        } catch (AccessDeniedException e) {
            throw refused(file, "may not be read; check its permissions");
        }
        int mark = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << Byte.SIZE | bytes[1] & 0xff;
        if (mark == LITTLE_ENDIAN_MARK || mark == BIG_ENDIAN_MARK) {
            throw refused(file, "is text in UTF-16; save it as UTF-8");
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
                            "is not UTF-8 text: line %d has the byte 0x%02X; save it as UTF-8", line, rest.get()));
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
