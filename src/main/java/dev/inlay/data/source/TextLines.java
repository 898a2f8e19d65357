package dev.inlay.data.source;

import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The lines of a text file. */
final class TextLines {
    private TextLines() {}

    /**
     * @param what what the file is, for messages
     * @throws DataException if the file is missing, cannot be read or is not UTF-8
     */
    static List<String> read(Path file, String what) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": " + what + " is missing", e);
        } catch (CharacterCodingException e) {
            throw new DataException(file + ": " + what + " is not UTF-8 text", e);
        } catch (IOException e) {
            throw new DataException(file + ": " + what + " cannot be read: " + e.getMessage(), e);
        }
    }
}
