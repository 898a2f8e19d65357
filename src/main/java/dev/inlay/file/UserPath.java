package dev.inlay.file;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Paths as people write them in configs and options, where no shell has looked at them. */
public final class UserPath {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{\\w*}?|^\\$\\w+");

    private UserPath() {}

    /**
     * Makes a path of a text. A leading {@code ~} is the user's home folder, as in a shell.
     *
     * @throws InvalidPathException if the text is empty, holds a variable such as <code>${HOME}</code> and names no
     *     file, or is no path on this system; the reason is fit to be read
     */
    public static Path of(String text) {
        if (text.isBlank()) {
            throw new InvalidPathException(text, "it is empty");
        }
        Path path = text.equals("~") || text.startsWith("~/")
                ? Path.of(System.getProperty("user.home"), text.substring(1))
                : Path.of(text);
        if (VARIABLE.matcher(text).find() && !Files.exists(path)) {
            throw new InvalidPathException(text, "variables are not replaced here, so write the path out");
        }
        return path;
    }
}
