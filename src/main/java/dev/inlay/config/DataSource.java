package dev.inlay.config;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.source.MaskReading;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Where labelled images come from. */
public sealed interface DataSource {
    /** What stands for the run's seed in the name of a list. */
    String SEED = "{seed}";

    /** The key that says which images belong together. */
    String GROUPS = "groups";

    /** The values of {@code data.type}. */
    enum Type {
        /** {@link Builtin}. */
        BUILTIN,
        /** {@link Folder}. */
        FOLDER,
        /** {@link Vtab}. */
        VTAB,
        /** {@link Json}. */
        JSON,
        /** {@link Csv}. */
        CSV,
        /** {@link Tensors}. */
        TENSORS,
        /** {@link Masks}. */
        MASKS
    }

    /**
     * Images drawn by Inlay itself.
     *
     * @param task the task's name
     * @param size height and width in pixels
     * @param train number of training images
     * @param validation number of validation images
     * @param test number of test images
     */
    record Builtin(String task, int size, int train, int validation, int test) implements DataSource {}

    /**
     * A folder of class folders: {@code root/split/class/image} if {@code root} has a {@code train} folder, else
     * {@code root/class/image} with a seeded split. What has no folder is drawn from the training images.
     *
     * @param root the folder
     * @param split of what has no folder
     * @param groups a regular expression with one capturing group, which finds in a path what images belong together; empty if
     *     every image is alone
     */
    record Folder(Path root, SplitConfig split, Optional<String> groups) implements DataSource {}

    /**
     * VTAB lists, whose lines are a path, blanks and a label. {@value #SEED} in the name of a list stands for the run's seed.
     *
     * @param root the folder of lists
     * @param images the folder below it that paths start at; {@code .} for the root itself
     * @param train list of training images
     * @param validation list of validation images
     * @param trainAndValidation list of both
     * @param test list of test images
     */
    record Vtab(Path root, String images, String train, String validation, String trainAndValidation, String test)
            implements DataSource {}

    /**
     * Splits as VPT shares them: JSON objects from the path of an image to its class.
     *
     * @param root the folder of the files
     * @param images the folder below it that paths start at; {@code .} for the root itself
     * @param train file of training images
     * @param validation file of validation images
     * @param test file of test images
     */
    record Json(Path root, String images, String train, String validation, String test) implements DataSource {}

    /**
     * A CSV file whose columns are {@code path}, {@code label} and {@code split}.
     *
     * @param file the CSV file
     * @param root the folder its paths start at
     * @param split of what has no column {@code split}, or no rows for validation
     * @param groups the column that says which images belong together; empty if every image is alone
     */
    record Csv(Path file, Path root, SplitConfig split, Optional<String> groups) implements DataSource {}

    /**
     * Safetensors files with {@code images} (N, 3, H, W) float32, already normalised, and {@code labels} (N) int64.
     *
     * @param train the training images
     * @param validation the validation images, if there are any
     * @param test the test images, if there are any
     */
    record Tensors(Path train, Optional<Path> validation, Optional<Path> test) implements DataSource {}

    /**
     * Images and their masks: in folders of their own, or in lists of pairs.
     *
     * @param root the folder that the others are below
     * @param images the folders of images, if there are no lists; {@link dev.inlay.data.source.MaskFolder#SPLIT} stands for the
     *     split
     * @param masks likewise of masks
     * @param train list of pairs to train on, if there are lists
     * @param validation list of validation pairs, if there is one
     * @param test list of test pairs, if there is one
     * @param reading what the pixels of masks stand for
     * @param split of what has no folder or list
     */
    record Masks(
            Path root,
            String images,
            String masks,
            Optional<String> train,
            Optional<String> validation,
            Optional<String> test,
            MaskReading reading,
            SplitConfig split)
            implements DataSource {}

    /** Reads the keys of the type that {@code data.type} names. */
    static DataSource read(Section section, LabelSpace.Kind labels, long seed) {
        return switch (section.choice("type", Type.BUILTIN)) {
            case BUILTIN ->
                new Builtin(
                        section.name("task", "shape", BuiltinTasks.names()),
                        section.integer("size", 64, 8, 4096),
                        section.integer("train", 800, 1, 100_000_000),
                        section.integer("validation", 200, 0, 100_000_000),
                        section.integer("test", 1000, 1, 100_000_000));
            case FOLDER -> folder(section, labels);
            case VTAB ->
                new Vtab(
                        section.requiredPath("root"),
                        section.text("images", "."),
                        list(section, "train", "train800.txt", seed),
                        list(section, "validation", "val200.txt", seed),
                        list(section, "trainAndValidation", "train800val200.txt", seed),
                        list(section, "test", "test.txt", seed));
            case JSON ->
                new Json(
                        section.requiredPath("root"),
                        section.text("images", "."),
                        section.text("train", "train.json"),
                        section.text("validation", "val.json"),
                        section.text("test", "test.json"));
            case CSV -> csv(section, labels);
            case TENSORS ->
                new Tensors(section.requiredPath("train"), section.path("validation"), section.path("test"));
            case MASKS -> MaskKeys.read(section);
        };
    }

    private static String list(Section section, String key, String otherwise, long seed) {
        return section.text(key, otherwise).replace(SEED, Long.toString(seed));
    }

    private static Folder folder(Section section, LabelSpace.Kind labels) {
        Path root = section.requiredPath("root");
        SplitConfig split = SplitConfig.read(section, labels);
        Optional<String> groups = section.optionalText(GROUPS);
        groups.ifPresent(rule -> requireOneCapturingGroup(section, rule));
        return new Folder(root, split, groups);
    }

    private static void requireOneCapturingGroup(Section section, String rule) {
        String expected = "expected a regular expression with one capturing group, such as \"([^/]+)_[0-9]+\\.jpg\"; ";
        try {
            int found = Pattern.compile(rule).matcher("").groupCount();
            if (found != 1) {
                section.problem(GROUPS, expected + rule + " has " + found);
            }
        } catch (PatternSyntaxException e) {
            section.problem(GROUPS, expected + rule + " is none: " + e.getDescription());
        }
    }

    private static Csv csv(Section section, LabelSpace.Kind labels) {
        Path file = section.requiredPath("file");
        Path folder = file.getParent() == null ? file : file.getParent();
        return new Csv(
                file,
                section.path("root").orElse(folder),
                SplitConfig.read(section, labels),
                section.optionalText(GROUPS));
    }
}
