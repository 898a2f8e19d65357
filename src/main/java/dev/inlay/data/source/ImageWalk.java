package dev.inlay.data.source;

import dev.inlay.data.image.ImageNames;
import dev.inlay.data.source.PassedOver.Reason;
import dev.inlay.error.DataException;
import dev.inlay.error.UnreadableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Finds the images of a folder and of all folders below it, in the order of their paths. Links are followed, once. Whether
 * a file is an image, its suffix says; of a file without one, its first bytes. Only those are ever opened, and no pipe or
 * device is. What is not used is counted.
 */
public final class ImageWalk {
    private static final String UNREADABLE = "\ufffd";
    private static final Set<String> OF_SYSTEMS = Set.of(
            "thumbs.db",
            "ehthumbs.db",
            "desktop.ini",
            "icon\r",
            "__macosx",
            "@eadir",
            "#recycle",
            "$recycle.bin",
            "system volume information",
            "lost+found");
    private static final int MAX_SUFFIX = 5;

    private final PassedOver passedOver;
    private final Predicate<String> wanted;

    /**
     * A walk for images.
     *
     * @param passedOver gets what is not used
     */
    public ImageWalk(PassedOver passedOver) {
        this(passedOver, name -> false);
    }

    /**
     * A walk for images and other files.
     *
     * @param passedOver gets what is not used
     * @param wanted which other names of files are wanted
     */
    public ImageWalk(PassedOver passedOver, Predicate<String> wanted) {
        this.passedOver = passedOver;
        this.wanted = wanted;
    }

    /**
     * Gives the images that a path means: the file itself, whatever it is called, or those of a folder.
     *
     * @param input a file or folder
     * @param wanted which other names of files are wanted in a folder
     * @param warn gets what is not used of a folder, a sentence for each reason
     * @param each gets the files
     * @throws DataException if there is no such file, it is a pipe, device or socket, or nothing in the folder is wanted
     */
    public static void of(Path input, Predicate<String> wanted, Consumer<String> warn, Consumer<Path> each) {
        if (Files.isRegularFile(input)) {
            each.accept(input);
        } else if (Files.isDirectory(input)) {
            PassedOver passedOver = new PassedOver(input);
            long[] found = {0};
            new ImageWalk(passedOver, wanted).walk(input, file -> {
                found[0]++;
                each.accept(file);
            });
            if (found[0] == 0) {
                throw new DataException(input + ": no images in this folder or below it" + passedOver.explanation());
            }
            passedOver.warnings().forEach(warn);
        } else if (Files.exists(input)) {
            throw new DataException(input + " is a pipe, device or socket, expected a file or folder");
        } else {
            throw new DataException(input
                    + (Files.exists(input, LinkOption.NOFOLLOW_LINKS)
                            ? " is a link that leads nowhere"
                            : " does not exist"));
        }
    }

    /**
     * What lies in a folder and can be used.
     *
     * @param name of the file or folder
     * @param path where it is
     * @param isFolder whether it is a folder, perhaps behind a link
     * @param isLink whether it is a link
     */
    record Entry(String name, Path path, boolean isFolder, boolean isLink) {
        /** Puts what lies in a folder where the folder's whole path, with what follows it, would stand. */
        String order() {
            return isFolder ? name + "/" : name;
        }
    }

    /**
     * Gives every image, and every other file that is wanted, of a folder and all below it.
     *
     * @param folder the folder, or a link to it
     * @param each gets them, in the order of their paths
     * @throws DataException if a folder cannot be listed
     */
    public void walk(Path folder, Consumer<Path> each) {
        new OneWalk(real(folder), each).walk(folder);
    }

    /** What lies in a folder and is neither hidden, broken nor special, in the order of names. */
    List<Entry> entries(Path folder) {
        List<Entry> entries = new ArrayList<>();
        boolean own = OwnOutput.isIn(folder);
        if (own) {
            passedOver.add(Reason.OUTPUT, folder);
        }
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                if (!own || !OwnOutput.has(child.getFileName().toString())) {
                    entry(child).ifPresent(entries::add);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw new UnreadableException(folder, e.getCause());
        } catch (IOException e) {
            throw new UnreadableException(folder, e);
        }
        entries.sort(Comparator.comparing(Entry::order));
        return entries;
    }

    private Optional<Entry> entry(Path child) throws IOException {
        String name = child.getFileName().toString();
        Optional<Reason> unusable = name.contains(UNREADABLE) && !isText(child)
                ? Optional.of(Reason.NAME)
                : isOfSystem(name) ? Optional.of(Reason.HIDDEN) : Optional.empty();
        if (unusable.isPresent()) {
            passedOver.add(unusable.get(), child);
            return Optional.empty();
        }
        BasicFileAttributes itself;
        try {
            itself = Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return Optional.empty(); // removed since it was listed
        }
        BasicFileAttributes target = itself;
        if (itself.isSymbolicLink()) {
            try {
                target = Files.readAttributes(child, BasicFileAttributes.class);
            } catch (IOException e) {
                passedOver.add(Reason.BROKEN_LINK, child);
                return Optional.empty();
            }
        }
        if (!target.isDirectory() && !target.isRegularFile()) {
            passedOver.add(Reason.SPECIAL, child);
            return Optional.empty();
        }
        return Optional.of(new Entry(name, child, target.isDirectory(), itself.isSymbolicLink()));
    }

    /** Whether the text of a path names the same file. */
    private static boolean isText(Path path) {
        try {
            return path.getFileSystem().getPath(path.toString()).equals(path);
        } catch (InvalidPathException e) { // in a locale that has no such letters
            return false;
        }
    }

    private static boolean isOfSystem(String name) {
        return name.startsWith(".") || OF_SYSTEMS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Whether a file is an image; counts it if it is not. */
    boolean isImage(Entry file) {
        String suffix = suffix(file.name());
        if (suffix.isEmpty()) {
            return beginsAsImage(file.path());
        }
        if (ImageNames.isDecoded(suffix)) {
            return true;
        }
        passedOver.add(ImageNames.isOfAnotherFormat(suffix) ? Reason.FORMAT : Reason.OTHER, file.path(), suffix);
        return false;
    }

    /** What follows the last dot, if it looks like the suffix of a kind of files; empty otherwise, as for {@code scan.2024}. */
    private static String suffix(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        boolean isOne = last.length() < name.length()
                && !last.isEmpty()
                && last.length() <= MAX_SUFFIX
                && Character.isLetter(last.charAt(0));
        return isOne ? last : "";
    }

    private boolean beginsAsImage(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            boolean image = ImageNames.beginsAsImage(in.readNBytes(ImageNames.HEAD));
            if (!image) {
                passedOver.add(Reason.OTHER, file);
            }
            return image;
        } catch (IOException e) {
            passedOver.add(Reason.UNREADABLE, file);
            return false;
        }
    }

    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException e) {
            throw new UnreadableException(folder, e);
        }
    }

    /** One walk: where it began, and the folders that links have led to. */
    private final class OneWalk {
        private final Path top;
        private final Consumer<Path> each;
        private final Set<Path> linked = new HashSet<>();

        OneWalk(Path top, Consumer<Path> each) {
            this.top = top;
            this.each = each;
        }

        void walk(Path folder) {
            for (Entry entry : entries(folder)) {
                if (entry.isFolder()) {
                    if (!entry.isLink() || leadsOn(folder, entry.path())) {
                        walk(entry.path());
                    }
                } else if (wanted.test(entry.name()) || isImage(entry)) {
                    each.accept(entry.path());
                }
            }
        }

        private boolean leadsOn(Path folder, Path link) {
            Path target = real(link);
            if (real(folder).startsWith(target)) {
                passedOver.add(Reason.LOOP, link);
                return false;
            }
            for (Path above = target; above != null; above = above.getParent()) {
                if (above.equals(top) || linked.contains(above)) {
                    passedOver.add(Reason.AGAIN, link);
                    return false;
                }
            }
            return linked.add(target);
        }
    }
}
