package dev.inlay.data.source;

import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The paths of a list, which start at a folder or are absolute. However a path is written ({@code ./a}, {@code b/../a},
 * {@code a} with backslashes, or absolute), one file has one id.
 */
public final class ListedPaths {
    private final Path folder;
    private final Path absolute;

    /**
     * The paths of a list.
     *
     * @param folder where relative ones start
     */
    public ListedPaths(Path folder) {
        this.folder = folder;
        this.absolute = folder.toAbsolutePath().normalize();
    }

    /**
     * A path of the list.
     *
     * @param id with slashes, from the folder if the file is below it
     * @param file where it is
     */
    public record Listed(String id, Path file) {}

    /**
     * What a path of the list means. Backslashes separate folders where no file has them in its name.
     *
     * @param written as it stands in the list
     * @throws DataException if no file can be called so
     */
    public Listed resolve(String written) {
        try {
            Path file = folder.resolve(written);
            if (written.indexOf('\\') >= 0 && !Files.exists(file)) {
                file = folder.resolve(written.replace('\\', '/'));
            }
            Path whole = file.toAbsolutePath().normalize();
            Path shown = whole.startsWith(absolute) && !whole.equals(absolute) ? absolute.relativize(whole) : whole;
            return new Listed(shown.toString().replace(shown.getFileSystem().getSeparator(), "/"), file);
        } catch (InvalidPathException e) {
            throw new DataException("no file can be called \"" + written + "\": " + e.getReason(), e);
        }
    }

    /** Why a file cannot be an image, to follow its name; empty if it may be one. */
    Optional<String> problem(Path file) {
        if (Files.isRegularFile(file)) {
            return Optional.empty();
        }
        if (Files.isDirectory(file)) {
            return Optional.of(" is a folder, expected an image");
        }
        if (Files.exists(file)) {
            return Optional.of(" is a pipe, device or socket, expected an image");
        }
        return Optional.of(
                Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                        ? " is a link that leads nowhere"
                        : " is missing below " + folder);
    }
}
