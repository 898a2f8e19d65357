package dev.inlay.data.source;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was found in a folder and is not used, counted by reason. */
public final class PassedOver {
    private final Path folder;
    private final Map<Reason, Tally> tallies = new EnumMap<>(Reason.class);

    /** Why something is passed over. */
    enum Reason {
        /** An image in a format that {@link dev.inlay.data.image.ImageDecoder} does not decode, by its suffix. */
        FORMAT(
                "image in a format that is not decoded",
                "images in formats that are not decoded",
                "convert to PNG or JPEG"),
        /** A file whose name says, or whose content shows, that it is no image. */
        OTHER("file that is no image", "files that are no images", ""),
        /** A file without a suffix that cannot be opened, so that nothing says what it is. */
        UNREADABLE("file without a suffix that cannot be opened", "files without a suffix that cannot be opened", ""),
        /** Its name begins with a dot, or is one that systems give to files of their own. */
        HIDDEN("hidden file or file of the system", "hidden files or files of the system", ""),
        /** A symbolic link to what does not exist or may not be read. */
        BROKEN_LINK("link that leads nowhere", "links that lead nowhere", "mend or remove"),
        /** A symbolic link to a folder that it lies in. */
        LOOP("link back to a folder above it", "links back to a folder above them", ""),
        /** A symbolic link to a folder whose images are found anyway. */
        AGAIN("link to a folder that is read anyway", "links to folders that are read anyway", ""),
        /** A pipe, a device or a socket. */
        SPECIAL("pipe, device or socket", "pipes, devices or sockets", ""),
        /** Its name cannot be read as text. */
        NAME("name that is not text in UTF-8", "names that are not text in UTF-8", "rename, or run in a UTF-8 locale"),
        /** What another command of Inlay wrote. */
        OUTPUT("folder of Inlay's own output", "folders of Inlay's own output", ""),
        /** An image that lies in no class folder. */
        NO_CLASS(
                "image outside the class folders",
                "images outside the class folders",
                "an image's class is the folder it lies in"),
        /** A folder beside those of splits. */
        NO_SPLIT("folder beside those of the splits", "folders beside those of the splits", ""),
        /** A class folder of validation or test without images. */
        EMPTY("empty class folder", "empty class folders", "");

        private final String one;
        private final String many;
        private final String advice;

        Reason(String one, String many, String advice) {
            this.one = one;
            this.many = many;
            this.advice = advice;
        }
    }

    private static final class Tally {
        private long count;
        private Path example;
        private final Map<String, Long> suffixes = new TreeMap<>();
    }

    /**
     * Nothing yet.
     *
     * @param folder where is searched
     */
    public PassedOver(Path folder) {
        this.folder = folder;
    }

    void add(Reason reason, Path path) {
        add(reason, path, "");
    }

    /**
     * @param suffix of the file's name where it matters, or nothing
     */
    void add(Reason reason, Path path, String suffix) {
        Tally tally = tallies.computeIfAbsent(reason, first -> new Tally());
        tally.count++;
        if (tally.example == null || path.compareTo(tally.example) < 0) {
            tally.example = path;
        }
        if (!suffix.isEmpty()) {
            tally.suffixes.merge(suffix.toLowerCase(Locale.ROOT), 1L, Long::sum);
        }
    }

    long count(Reason reason) {
        return tallies.containsKey(reason) ? tallies.get(reason).count : 0;
    }

    /** A sentence for each reason: how many, of which suffixes, the first by name, and what to do. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        tallies.forEach((reason, tally) -> warnings.add(shown(folder) + ": " + sentence(reason, tally)));
        return warnings;
    }

    /** The same for an error about the folder, after what it says; empty if nothing was passed over. */
    String explanation() {
        return tallies.entrySet().stream()
                .map(tally -> "; " + sentence(tally.getKey(), tally.getValue()))
                .collect(Collectors.joining());
    }

    private String sentence(Reason reason, Tally tally) {
        if (tally.count == 1) {
            return "not used: 1 " + reason.one + ", " + shown(example(tally)) + advice(reason);
        }
        String suffixes = tally.suffixes.entrySet().stream()
                .map(suffix -> String.format(Locale.ROOT, ".%s %,d", suffix.getKey(), suffix.getValue()))
                .collect(Collectors.joining(", ", " (", ")"));
        return String.format(
                Locale.ROOT,
                "not used: %,d %s%s, such as %s%s",
                tally.count,
                reason.many,
                tally.suffixes.isEmpty() ? "" : suffixes,
                shown(example(tally)),
                advice(reason));
    }

    private static String advice(Reason reason) {
        return reason.advice.isEmpty() ? "" : "; " + reason.advice;
    }

    private Path example(Tally tally) {
        return tally.example.startsWith(folder) && !tally.example.equals(folder)
                ? folder.relativize(tally.example)
                : tally.example;
    }

    /** A path on one line of a terminal. */
    private static String shown(Path path) {
        return path.toString().replaceAll("\\p{Cntrl}", "?");
    }
}
