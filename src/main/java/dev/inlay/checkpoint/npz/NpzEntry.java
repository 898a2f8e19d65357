package dev.inlay.checkpoint.npz;

import dev.inlay.error.DataException;
import java.nio.file.Path;

/**
 * Where something is wrong.
 *
 * @param file the archive, or an array's own file
 * @param entry the name of the entry, as the archive has it; empty in an array's own file
 */
record NpzEntry(Path file, String entry) {
    private static final int MAX = 120;

    DataException refuse(String expected, String found) {
        return new DataException(this + ": expected " + expected + ", found " + found);
    }

    DataException refuse(Exception cause) {
        return new DataException(
                this + ": cannot be read, the file is damaged: " + clean(String.valueOf(cause.getMessage())), cause);
    }

    /** Text from the file, fit for one line of a message. */
    static String clean(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= MAX ? line : line.substring(0, MAX) + "…";
    }

    @Override
    public String toString() {
        return entry.isEmpty() ? file.toString() : file + ": entry '" + clean(entry) + "'";
    }
}
