package dev.inlay.data.source;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.data.source.ImageWalk.Entry;
import dev.inlay.data.source.PassedOver.Reason;
import dev.inlay.error.Abbreviated;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Folders named by class: {@code root/split/class/…/image} if the root has a folder {@code train}, otherwise
 * {@code root/class/…/image} with a seeded split. Splits are {@code train}, {@code validation} and {@code test}, in the
 * spellings of {@link SplitName}; one that has no folder is drawn from train. A class has all images below its folder, as
 * {@link ImageWalk} finds them. Classes are numbered in the order of their names.
 */
public final class ImageFolder {
    private final Path root;
    private final SeededSplit split;
    private final PassedOver passedOver;
    private final ImageWalk walk;
    private final DatasetProblems problems = new DatasetProblems();
    private final List<String> notes = new ArrayList<>();

    private ImageFolder(Path root, SeededSplit split) {
        this.root = root;
        this.split = split;
        this.passedOver = new PassedOver(root);
        this.walk = new ImageWalk(passedOver);
    }

    /**
     * Lists the images; none is opened yet.
     *
     * @param root the folder
     * @param split what to draw where the folder does not say
     * @param decoder reads the images
     * @throws DataException if the root is missing or has fewer than two classes, naming every class to train on without
     *     images, every class that is tested but not trained, every image without a group, and every group in two splits
     */
    public static Listed read(Path root, SeededSplit split, ImageDecoder decoder) {
        if (!Files.isDirectory(root)) {
            throw new DataException(root + ": expected a folder of class folders, found "
                    + (Files.exists(root)
                            ? "a file; unpack it, or name the folder it is in"
                            : "no folder; check the path"));
        }
        return new ImageFolder(root, split).read(decoder);
    }

    private Listed read(ImageDecoder decoder) {
        List<Entry> folders = folders(root);
        Map<SplitName, Entry> splits = splits(folders);
        Path trained = splits.containsKey(SplitName.TRAIN)
                ? splits.get(SplitName.TRAIN).path()
                : root;
        Map<String, List<Path>> byClass = classes(splits.isEmpty() ? folders : folders(trained));
        requireClasses(trained, byClass);
        List<String> classNames = List.copyOf(byClass.keySet());
        List<LabelledFile> train = labelled(byClass, classNames);
        Optional<List<LabelledFile>> validation = given(splits, SplitName.VALIDATION, classNames);
        Optional<List<LabelledFile>> test = given(splits, SplitName.TEST, classNames);
        problems.throwIfAny(root.toString());
        List<LabelledFile> all = Stream.of(Optional.of(train), validation, test)
                .flatMap(Optional::stream)
                .flatMap(List::stream)
                .toList();
        Groups together = split.groups()
                .map(rule -> Groups.matching(Pattern.compile(rule), all, problems))
                .orElse(Groups.NONE);
        problems.throwIfAny(root.toString());
        SeededSplit.Parts parts =
                split.divide(LabelSpace.Kind.SINGLE, classNames, train, validation, test, together, problems);
        problems.throwIfAny(root.toString());
        if (!splits.isEmpty() && test.isEmpty() && !parts.test().isEmpty()) {
            notes.add(String.format(
                    Locale.ROOT,
                    "%s: has no folder test, so %,d of the %,d images of train are the test split (data.split.test: %s)",
                    root,
                    parts.test().size(),
                    train.size(),
                    split.test()));
        }
        notes.addAll(passedOver.warnings());
        return new Listed(ImageFiles.splits(root.toString(), LabelSpace.oneOf(classNames), parts, decoder), notes);
    }

    /** The folders in a folder of class or split folders; images beside them belong to no class. */
    private List<Entry> folders(Path folder) {
        List<Entry> folders = new ArrayList<>();
        long unreadable = passedOver.count(Reason.NAME);
        for (Entry entry : walk.entries(folder)) {
            if (entry.isFolder()) {
                folders.add(entry);
            } else if (walk.isImage(entry)) {
                passedOver.add(Reason.NO_CLASS, entry.path());
            }
        }
        if (passedOver.count(Reason.NAME) > unreadable) {
            problems.add(
                    folder.toString(),
                    "holds a name that is not text in UTF-8, and names of folders are those of classes; rename it, or run"
                            + " in a UTF-8 locale such as C.UTF-8");
        }
        return folders;
    }

    /**
     * The folders of splits; none if the folders are classes. A class may be called like a split: {@code train} is one beside
     * {@code car} and {@code ship}, if it has no folders.
     */
    private Map<SplitName, Entry> splits(List<Entry> folders) {
        Map<SplitName, Entry> splits = new EnumMap<>(SplitName.class);
        List<Entry> others = new ArrayList<>();
        for (Entry folder : folders) {
            Optional<SplitName> name = SplitName.of(folder.name());
            if (name.isEmpty()) {
                others.add(folder);
            } else if (splits.containsKey(name.get())) {
                problems.add(
                        root.toString(),
                        "has both " + splits.get(name.get()).name() + " and " + folder.name() + " for the split "
                                + name.get() + "; put them together, or remove one");
            } else {
                splits.put(name.get(), folder);
            }
        }
        if (splits.isEmpty()) {
            return splits;
        }
        boolean divided = others.isEmpty()
                || (splits.containsKey(SplitName.TRAIN)
                        ? hasFolders(splits.get(SplitName.TRAIN).path())
                        : splits.values().stream().anyMatch(folder -> isDividedLike(others, folder.path())));
        if (!divided) {
            return Map.of();
        }
        problems.throwIfAny(root.toString());
        if (!splits.containsKey(SplitName.TRAIN)) {
            throw new DataException(root + ": has a folder "
                    + splits.values().stream().map(Entry::name).collect(Collectors.joining(" and a folder "))
                    + ", but no folder train; rename the one to train on to train");
        }
        others.forEach(folder -> passedOver.add(Reason.NO_SPLIT, folder.path()));
        return splits;
    }

    private static boolean hasFolders(Path folder) {
        return !subfolders(folder).isEmpty();
    }

    /** Whether a folder's folders are called like the others beside it, so that it is a split of the same classes. */
    private static boolean isDividedLike(List<Entry> others, Path folder) {
        Set<String> names = others.stream().map(Entry::name).collect(Collectors.toSet());
        List<String> below = subfolders(folder);
        return !below.isEmpty() && names.containsAll(below);
    }

    private static List<String> subfolders(Path folder) {
        return new ImageWalk(new PassedOver(folder))
                .entries(folder).stream()
                        .filter(Entry::isFolder)
                        .map(Entry::name)
                        .toList();
    }

    /** The images of every class folder, in the order of names; a folder with nothing but Inlay's own output is no class. */
    private Map<String, List<Path>> classes(List<Entry> folders) {
        Map<String, List<Path>> classes = new LinkedHashMap<>();
        for (Entry folder : folders) {
            long outputs = passedOver.count(Reason.OUTPUT);
            List<Path> images = new ArrayList<>();
            walk.walk(folder.path(), images::add);
            if (!images.isEmpty() || passedOver.count(Reason.OUTPUT) == outputs) {
                classes.put(folder.name(), images);
            }
        }
        return classes;
    }

    private void requireClasses(Path folder, Map<String, List<Path>> classes) {
        classes.forEach((name, images) -> {
            if (images.isEmpty()) {
                problems.add(
                        folder.resolve(name).toString(),
                        "the class has no images; add some or remove the folder" + notUsed(folder.resolve(name)));
            }
        });
        if (classes.isEmpty()) {
            problems.add(
                    folder.toString(),
                    "no class folders; expected one folder of images per class"
                            + (passedOver.count(Reason.NO_CLASS) == 0
                                    ? ""
                                    : ", found images; if they are one class of several, set data.root to the folder"
                                            + " above"));
        } else if (classes.size() == 1) {
            Path only = folder.resolve(classes.keySet().iterator().next());
            List<String> below = subfolders(only);
            problems.add(
                    folder.toString(),
                    "one class only, " + only.getFileName() + "; expected a folder of images for each of at least two"
                            + (below.isEmpty()
                                    ? ""
                                    : "; if the classes are below it (" + Abbreviated.few(below)
                                            + "), set data.root to " + only));
        }
    }

    private static String notUsed(Path folder) {
        PassedOver passedOver = new PassedOver(folder);
        new ImageWalk(passedOver).walk(folder, image -> {});
        return passedOver.explanation();
    }

    /** The images of a split that has a folder. */
    private Optional<List<LabelledFile>> given(Map<SplitName, Entry> splits, SplitName name, List<String> classNames) {
        if (!splits.containsKey(name)) {
            return Optional.empty();
        }
        Map<String, List<Path>> byClass = classes(folders(splits.get(name).path()));
        byClass.forEach((found, images) -> {
            Path folder = splits.get(name).path().resolve(found);
            if (!classNames.contains(found)) {
                problems.add(folder.toString(), "no class of this name in train");
            } else if (images.isEmpty()) {
                passedOver.add(Reason.EMPTY, folder);
            }
        });
        return Optional.of(labelled(byClass, classNames));
    }

    private List<LabelledFile> labelled(Map<String, List<Path>> byClass, List<String> classNames) {
        List<LabelledFile> files = new ArrayList<>();
        for (int label = 0; label < classNames.size(); label++) {
            for (Path file : byClass.getOrDefault(classNames.get(label), List.of())) {
                files.add(new LabelledFile(slashed(root.relativize(file)), file, label));
            }
        }
        return files;
    }

    private static String slashed(Path path) {
        return path.toString().replace(path.getFileSystem().getSeparator(), "/");
    }
}
