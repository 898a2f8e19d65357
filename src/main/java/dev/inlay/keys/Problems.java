package dev.inlay.keys;

import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import java.util.Set;

/** What becomes of a value that is not what its reader expected: all are collected, or the first one ends the reading. */
public interface Problems {
    /**
     * Notes a problem. If this returns, reading continues with another value in the place of the one that does not fit.
     *
     * @param key dotted, from the outermost object
     * @param message what was expected and what was found
     */
    void add(String key, String message);

    /**
     * Notes a key that nothing asked for.
     *
     * @param key dotted, from the outermost object
     * @param allowed the keys of its object
     */
    default void addUnknown(String key, Set<String> allowed) {
        add(key, "unknown key; known here: " + String.join(", ", allowed));
    }

    /**
     * Notes a key that must be there and is not.
     *
     * @param key dotted, from the outermost object
     */
    default void addMissing(String key) {
        add(key, "missing");
    }

    /**
     * Ends the reading with the first problem.
     *
     * @param source the file and the place in it, for the message
     * @return throws a {@link DataException} that names source, key, what was expected and what was found
     */
    static Problems refusing(String source) {
        return new Problems() {
            @Override
            public void add(String key, String message) {
                throw new DataException(source + ": key '" + key + "': " + message);
            }

            @Override
            public void addMissing(String key) {
                throw new DataException(source + ": key '" + key + "' is missing");
            }

            @Override
            public void addUnknown(String key, Set<String> allowed) {
                String name = key.substring(key.lastIndexOf('.') + 1);
                throw new DataException(source + ": unknown key '" + Notation.shortened(key) + "'; allowed here: "
                        + String.join(", ", allowed) + Spelling.hint(name, allowed));
            }
        };
    }
}
