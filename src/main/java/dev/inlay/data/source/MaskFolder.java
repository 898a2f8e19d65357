package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Images in one folder and their masks in another, for every split: the mask of {@code a/b.jpg} is {@code a/b.png} in the other
 * folder. {@value #SPLIT} in the name of a folder stands for the split, in the spellings of {@link SplitName}. Without it, or
 * where validation or test have no folder, the images are divided at random.
 *
 * @param root the folder that the others are below
 * @param images the folders of images
 * @param masks the folders of masks
 * @param classNames by number
 * @param ignored numbers of pixels that do not count
 */
public record MaskFolder(Path root, String images, String masks, List<String> classNames, Set<Integer> ignored) {
    /** What stands for the split in the name of a folder. */
    public static final String SPLIT = "{split}";

    private static final String EXTENSION = ".png";
    private static final List<String> ANY_CLASS = List.of("any");

    /** Copies the collections. */
    public MaskFolder {
        classNames = List.copyOf(classNames);
        ignored = Set.copyOf(ignored);
    }

    /**
     * Lists the images; none is opened yet.
     *
     * @param split what to draw where there is no folder
     * @param decoder reads the images and masks
     * @throws DataException listing missing folders, and images without a mask
     */
    public Listed read(SeededSplit split, ImageDecoder decoder) {
        DatasetProblems problems = new DatasetProblems();
        PassedOver passedOver = new PassedOver(root);
        Map<String, Path> maskOf = new HashMap<>();
        Map<SplitName, List<LabelledFile>> found = new EnumMap<>(SplitName.class);
        if (images.contains(SPLIT)) {
            for (SplitName name : SplitName.values()) {
                for (String spelling : SplitName.spellings(name)) {
                    Path folder = root.resolve(images.replace(SPLIT, spelling));
                    if (Files.isDirectory(folder)) {
                        Path beside = root.resolve(masks.replace(SPLIT, spelling));
                        found.computeIfAbsent(name, n -> new ArrayList<>())
                                .addAll(pairs(folder, beside, passedOver, maskOf, problems));
                    }
                }
            }
        } else if (Files.isDirectory(root.resolve(images))) {
            found.put(SplitName.TRAIN, pairs(root.resolve(images), root.resolve(masks), passedOver, maskOf, problems));
        }
        problems.throwIfAny(root.toString());
        List<LabelledFile> train = found.getOrDefault(SplitName.TRAIN, List.of());
        if (train.isEmpty()) {
            throw new DataException(root + ": expected images to train on in "
                    + root.resolve(images.replace(SPLIT, "train")) + ", found "
                    + (found.isEmpty() ? "no such folder" : "none") + "; set data.images to the folder of images, with "
                    + SPLIT + " for the split" + passedOver.explanation());
        }
        SeededSplit.Parts parts = split.divide(
                LabelSpace.Kind.MASKS,
                ANY_CLASS,
                train,
                Optional.ofNullable(found.get(SplitName.VALIDATION)),
                Optional.ofNullable(found.get(SplitName.TEST)),
                Groups.NONE,
                problems);
        problems.throwIfAny(root.toString());
        MaskFiles.Reading reading = new MaskFiles.Reading(new LabelSpace.PixelClasses(classNames), ignored);
        Splits<Dataset> splits = ImageFiles.splits(root.toString(), reading.labels(), parts, decoder)
                .map(files -> new MaskFiles((ImageFiles) files, maskOf, reading));
        return new Listed(splits, passedOver.warnings());
    }

    private List<LabelledFile> pairs(
            Path folder, Path beside, PassedOver passedOver, Map<String, Path> maskOf, DatasetProblems problems) {
        List<LabelledFile> files = new ArrayList<>();
        if (!Files.isDirectory(beside)) {
            problems.add(
                    beside.toString(),
                    "no such folder, where the masks of " + folder + " are expected; set data.masks, with " + SPLIT
                            + " for the split");
            return files;
        }
        new ImageWalk(passedOver).walk(folder, image -> {
            String below = slashed(folder.relativize(image));
            Path mask = beside.resolve(withoutExtension(below) + EXTENSION);
            if (Files.isRegularFile(mask)) {
                String id = slashed(root.relativize(image));
                files.add(new LabelledFile(id, image, 0));
                maskOf.put(id, mask);
            } else {
                problems.add(image.toString(), "has no mask; expected " + mask);
            }
        });
        return files;
    }

    private static String withoutExtension(String name) {
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
    }

    private static String slashed(Path path) {
        return path.toString().replace(path.getFileSystem().getSeparator(), "/");
    }
}
