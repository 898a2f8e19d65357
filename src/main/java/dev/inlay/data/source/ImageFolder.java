package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Folders named by class: {@code root/split/class/picture} if the root has a folder {@code train}, otherwise
 * {@code root/class/picture} with a seeded split. Splits are {@code train}, {@code test} and, where it exists,
 * {@code val}, {@code valid} or {@code validation}; without one, validation is drawn from train. Classes are numbered in
 * the order of their names; files without a known extension and hidden files are passed over.
 */
public final class ImageFolder {
    private static final List<String> VALIDATION = List.of("val", "valid", "validation");
    private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "bmp", "gif", "webp");

    private ImageFolder() {}

    /**
     * Lists the pictures; none is opened yet.
     *
     * @param root the folder
     * @param split what to draw where the folder does not say
     * @param decoder reads the pictures
     * @throws DataException if the root is missing or has no classes, naming every class folder without pictures and
     *     every class that is tested but not trained
     */
    public static Splits<Dataset> read(Path root, SeededSplit split, ImageDecoder decoder) {
        if (!Files.isDirectory(root)) {
            throw new DataException(root + ": expected a folder of class folders, found no folder; check the path");
        }
        Problems problems = new Problems();
        Path train = root.resolve("train");
        boolean divided = Files.isDirectory(train);
        List<String> classNames = names(divided ? train : root, Files::isDirectory);
        if (classNames.isEmpty()) {
            problems.add(
                    (divided ? train : root).toString(), "no class folders; expected one folder of pictures per class");
        }
        List<LabelledFile> files = files(root, divided ? train : root, classNames, problems);
        SeededSplit.Parts parts;
        if (divided) {
            Optional<List<LabelledFile>> test = given(root, List.of("test"), classNames, problems);
            if (test.isEmpty()) {
                problems.add(root.toString(), "has a folder train but no folder test");
            }
            List<LabelledFile> tested = test.orElse(List.of());
            parts = given(root, VALIDATION, classNames, problems)
                    .map(validation -> new SeededSplit.Parts(files, validation, tested))
                    .orElseGet(() -> split.divide(files, tested));
        } else {
            parts = split.divide(files);
        }
        problems.throwIfAny(root.toString());
        return ImageFiles.splits(root.toString(), classNames, parts, decoder);
    }

    /** The pictures of the first of the named split folders that exists. */
    private static Optional<List<LabelledFile>> given(
            Path root, List<String> splitNames, List<String> classNames, Problems problems) {
        for (String name : splitNames) {
            Path folder = root.resolve(name);
            if (Files.isDirectory(folder)) {
                for (String found : names(folder, Files::isDirectory)) {
                    if (!classNames.contains(found)) {
                        problems.add(folder.resolve(found).toString(), "no class of this name in train");
                    }
                }
                return Optional.of(files(root, folder, classNames, problems));
            }
        }
        return Optional.empty();
    }

    private static List<LabelledFile> files(Path root, Path folder, List<String> classNames, Problems problems) {
        List<LabelledFile> files = new ArrayList<>();
        for (int label = 0; label < classNames.size(); label++) {
            Path classFolder = folder.resolve(classNames.get(label));
            if (!Files.isDirectory(classFolder)) {
                continue;
            }
            List<String> pictures = names(classFolder, ImageFolder::isPicture);
            if (pictures.isEmpty()) {
                problems.add(
                        classFolder.toString(),
                        "the class has no pictures ("
                                + String.join(", ", EXTENSIONS.stream().sorted().toList())
                                + "); add some or remove the folder");
            }
            for (String picture : pictures) {
                Path file = classFolder.resolve(picture);
                files.add(new LabelledFile(slashed(root.relativize(file)), file, label));
            }
        }
        return files;
    }

    private static List<String> names(Path folder, Predicate<Path> wanted) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(wanted)
                    .map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new DataException(folder + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString();
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return EXTENSIONS.contains(extension) && Files.isRegularFile(file);
    }

    private static String slashed(Path path) {
        return path.toString().replace('\\', '/');
    }
}
