package dev.inlay.hub;

import dev.inlay.error.ConfigException;
import java.util.regex.Pattern;

/**
 * A branch, a tag or a commit; also a path below {@code refs} of the cache.
 *
 * @param text as git writes it, such as {@code main} or {@code refs/pr/1}
 */
record Revision(String text) {
    /** git allows more; this is what a file name may hold everywhere. */
    private static final Pattern ALLOWED = Pattern.compile("[\\w.+-]{1,100}(/[\\w.+-]{1,100}){0,7}");

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /**
     * @throws ConfigException if no branch, tag or commit is named so
     */
    Revision {
        if (!ALLOWED.matcher(text).matches() || text.matches("(.*/)?\\.{1,2}(/.*)?")) {
            throw new ConfigException(
                    "'" + Printable.text(text) + "' is no revision; expected a branch, a tag or a commit");
        }
    }

    boolean isCommit() {
        return isCommit(text);
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    @Override
    public String toString() {
        return text;
    }
}
