package dev.inlay.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * Something that reads files.
 *
 * @param name of the format
 * @param ending of its files
 * @param seeds valid files
 * @param reader reads a file in full, or throws
 * @param framed whether the outermost check of a file holds, told without the reader
 */
record Target(String name, String ending, List<Seed> seeds, Reader reader, Predicate<Path> framed) {
    @Override
    public String toString() {
        return name;
    }

    /** Reads a file in full. */
    interface Reader {
        void read(Path file) throws IOException;
    }
}
