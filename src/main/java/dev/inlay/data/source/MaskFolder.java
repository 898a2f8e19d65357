package dev.inlay.data.source;

import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Images in one folder and their masks in another, for every split: the mask of {@code a/b.jpg} is {@code a/b.png} in the other
 * folder. {@value #SPLIT} in the name of a folder stands for the split, in the spellings of {@link SplitName}. Without it, or
 * where validation or test have no folder, the images are divided at random.
 *
 * @param root the folder that the others are below
 * @param images the folders of images
 * @param masks the folders of masks
 */
public record MaskFolder(Path root, String images, String masks) {
    /** What stands for the split in the name of a folder. */
    public static final String SPLIT = "{split}";

    private static final String EXTENSION = ".png";

    /**
     * Lists the images; none is opened yet.
     *
     * @param reading of the masks
     * @param split what to draw where there is no folder
     * @param decoder reads the images and masks
     * @throws DataException listing missing folders, images without a mask and masks without an image
     */
    public Listed read(MaskReading reading, SeededSplit split, ImageDecoder decoder) {
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
        if (found.getOrDefault(SplitName.TRAIN, List.of()).isEmpty()) {
            throw new DataException(root + ": expected images to train on in "
                    + root.resolve(images.replace(SPLIT, "train")) + ", found "
                    + (found.containsKey(SplitName.TRAIN) ? "none" : "no such folder")
                    + "; set data.images to the folder of images, with " + SPLIT + " for the split"
                    + passedOver.explanation());
        }
        return new Listed(
                MaskFiles.splits(root, found, maskOf, reading, split, decoder, problems), passedOver.warnings());
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
        if (beside.equals(folder)) {
            problems.add(folder.toString(), "images and masks are in one folder; list the pairs in a file, data.train");
            return files;
        }
        Map<Path, Path> imageOf = new HashMap<>();
        new ImageWalk(passedOver).walk(folder, image -> {
            Path mask = beside.resolve(withoutExtension(slashed(folder.relativize(image))) + EXTENSION);
            Path other = imageOf.putIfAbsent(mask, image);
            if (other != null) {
                problems.add(image.toString(), "has the name of " + other + ", and both would have the mask " + mask);
            } else if (Files.isRegularFile(mask)) {
                String id = slashed(root.relativize(image));
                files.add(new LabelledFile(id, image, 0));
                maskOf.put(id, mask);
            } else {
                problems.add(image.toString(), "has no mask; expected " + mask);
            }
        });
        addMasksWithoutImages(folder, beside, imageOf.keySet(), problems);
        return files;
    }

    private void addMasksWithoutImages(Path folder, Path beside, Set<Path> expected, DatasetProblems problems) {
        Set<Path> left = new HashSet<>();
        new ImageWalk(new PassedOver(root)).walk(beside, left::add);
        left.removeAll(expected);
        left.stream()
                .filter(mask -> mask.toString().endsWith(EXTENSION))
                .sorted()
                .forEach(mask -> problems.add(
                        mask.toString(),
                        "has no image; expected one of that name in "
                                + folder.resolve(beside.relativize(mask)).getParent()));
    }

    private static String withoutExtension(String name) {
        int dot = name.lastIndexOf('.');
        return dot > name.lastIndexOf('/') ? name.substring(0, dot) : name;
    }

    private static String slashed(Path path) {
        return path.toString().replace(path.getFileSystem().getSeparator(), "/");
    }
}
