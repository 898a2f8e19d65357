package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);
    private static final SeededSplit SPLIT = new SeededSplit(0.2, 0.3, 1);

    @TempDir
    private Path root;

    @Test
    void classFoldersAreDividedClassByClassFromASeed() {
        fill("zebra", 10);
        fill("ant", 20);
        Images.write(root.resolve("ant/notes.txt"), "not an image");
        Images.png(root.resolve("ant/.hidden.png"));
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER).splits();
        assertThat(splits.train().classNames()).containsExactly("ant", "zebra");
        assertThat(counts(splits.train())).containsExactly(10, 5);
        assertThat(counts(splits.validation())).containsExactly(4, 2);
        assertThat(counts(splits.test())).containsExactly(6, 3);

        List<String> all = new ArrayList<>(ids(splits.trainAndValidation()));
        all.addAll(ids(splits.test()));
        assertThat(all).hasSize(30).doesNotHaveDuplicates().contains("ant/p00.png", "zebra/p09.png");
        assertThat(new HashSet<>(ids(splits.trainAndValidation())))
                .containsAll(ids(splits.train()))
                .containsAll(ids(splits.validation()));

        assertThat(ids(ImageFolder.read(root, SPLIT, DECODER).splits().test())).isEqualTo(ids(splits.test()));
        assertThat(ids(ImageFolder.read(root, new SeededSplit(0.2, 0.3, 2), DECODER)
                        .splits()
                        .test()))
                .isNotEqualTo(ids(splits.test()));
    }

    /** As it has been since the first version: a seed keeps its division. */
    @Test
    void aSeedDividesAsItAlwaysHas() {
        fill("ant", 10);
        fill("zebra", 5);
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER).splits();
        assertThat(ids(splits.validation())).containsExactly("ant/p06.png", "ant/p09.png", "zebra/p04.png");
        assertThat(ids(splits.test()))
                .containsExactly("ant/p02.png", "ant/p03.png", "ant/p04.png", "zebra/p01.png", "zebra/p02.png");
    }

    @Test
    void withoutStrataClassesAreDividedTogether() {
        fill("ant", 30);
        fill("bee", 10);
        List<Integer> bees = new ArrayList<>();
        for (long seed = 0; seed < 20; seed++) {
            SeededSplit split = new SeededSplit(0.25, 0.25, false, Optional.empty(), Optional.empty(), seed);
            Splits<Dataset> splits = ImageFolder.read(root, split, DECODER).splits();
            assertThat(splits.train().size()).isEqualTo(20);
            assertThat(splits.validation().size()).isEqualTo(10);
            bees.add(counts(splits.test())[1]);
        }
        assertThat(bees).as("by chance").anyMatch(n -> n > 3).anyMatch(n -> n < 2);
    }

    @Test
    void aClassThatAPlainDivisionLeavesWithoutTrainingImagesIsNamed() {
        fill("ant", 20);
        fill("bee", 1);
        List<String> problems = new ArrayList<>();
        for (long seed = 0; seed < 20; seed++) {
            SeededSplit split = new SeededSplit(0.25, 0.25, false, Optional.empty(), Optional.empty(), seed);
            try {
                ImageFolder.read(root, split, DECODER);
            } catch (DataException e) {
                problems.add(e.getMessage());
            }
        }
        assertThat(problems)
                .isNotEmpty()
                .allMatch(problem -> problem.equals(root + ": 1 problem\n  - class bee: no image is left to"
                        + " train on; set data.split.stratify: true"));
    }

    @Test
    void splitFoldersAreTakenAsTheyAre() {
        fill("train/a", 3);
        fill("train/b", 2);
        fill("val/b", 1);
        fill("test/a", 1);
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER).splits();
        assertThat(counts(splits.train())).containsExactly(3, 2);
        assertThat(counts(splits.validation())).containsExactly(0, 1);
        assertThat(counts(splits.test())).containsExactly(1, 0);
        assertThat(splits.trainAndValidation().size()).isEqualTo(6);
        assertThat(splits.test().id(0)).isEqualTo("test/a/p00.png");
    }

    @Test
    void validationIsDrawnFromTrainWhereItLacks() {
        fill("train/a", 10);
        fill("train/b", 10);
        fill("test/a", 1);
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER).splits();
        assertThat(counts(splits.train())).containsExactly(8, 8);
        assertThat(counts(splits.validation())).containsExactly(2, 2);
        assertThat(splits.test().size()).isEqualTo(1);
    }

    @Test
    void aClassKeepsAImageToTrainOn() {
        fill("a", 1);
        fill("b", 10);
        Splits<Dataset> splits =
                ImageFolder.read(root, new SeededSplit(0.4, 0.5, 1), DECODER).splits();
        assertThat(counts(splits.train())).containsExactly(1, 1);
    }

    @Test
    void everyEmptyClassIsNamed() throws IOException {
        fill("a", 1);
        Files.createDirectories(root.resolve("b"));
        Images.write(root.resolve("c/image.heic"), "unknown extension");
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 2 problems")
                .hasMessageContaining(root.resolve("b") + ": the class has no images; add some or remove the folder\n")
                .hasMessageContaining(root.resolve("c") + ": the class has no images; add some or remove the folder;"
                        + " not used: 1 image in a format that is not decoded, image.heic");
    }

    @Test
    void wrongFoldersAreNamed() {
        assertThatThrownBy(() -> ImageFolder.read(root.resolve("gone"), SPLIT, DECODER))
                .hasMessage(root.resolve("gone") + ": expected a folder of class folders, found no folder; check the"
                        + " path");
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER)).hasMessageContaining("no class folders");
        fill("train/a", 1);
        fill("train/c", 1);
        fill("test/b", 1);
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .hasMessageContaining(root.resolve("test/b") + ": no class of this name in train");
        Path file = root.resolve("train/a/p00.png");
        assertThatThrownBy(() -> ImageFolder.read(file, SPLIT, DECODER))
                .hasMessage(
                        file + ": expected a folder of class folders, found a file; unpack it, or name the folder it is"
                                + " in");
    }

    @Test
    void classesHaveAllImagesBelowTheirFolders() {
        fill("cat", 2);
        fill("cat/more", 3);
        fill("cat/more/still", 1);
        fill("dog", 4);
        Listed listed = ImageFolder.read(root, new SeededSplit(0, 0, 1), DECODER);
        assertThat(counts(listed.splits().train())).containsExactly(6, 4);
        assertThat(ids(listed.splits().train())).contains("cat/more/still/p00.png");
        assertThat(listed.warnings()).isEmpty();
    }

    @Test
    void whatBelongsToNoClassOrSplitIsCounted() {
        fill("train/a", 2);
        fill("train/b", 2);
        fill("test/a", 1);
        fill("notes", 3);
        Images.png(root.resolve("train/stray.png"));
        Images.write(root.resolve("readme.txt"), "text");
        Images.write(root.resolve("test/b/.keep"), "");
        assertThat(ImageFolder.read(root, SPLIT, DECODER).warnings())
                .containsExactly(
                        root + ": not used: 1 file that is no image, readme.txt",
                        root + ": not used: 1 hidden file or file of the system, test/b/.keep",
                        root
                                + ": not used: 1 image outside the class folders, train/stray.png; an image's class is the"
                                + " folder it lies in",
                        root + ": not used: 1 folder beside those of the splits, notes",
                        root + ": not used: 1 empty class folder, test/b");
    }

    @Test
    void aTestSplitThatHasNoFolderIsDrawnFromTrainAndSaid() {
        fill("train/a", 10);
        fill("train/b", 10);
        fill("val/a", 3);
        Listed listed = ImageFolder.read(root, SPLIT, DECODER);
        assertThat(counts(listed.splits().train())).containsExactly(7, 7);
        assertThat(counts(listed.splits().validation())).containsExactly(3, 0);
        assertThat(counts(listed.splits().test())).containsExactly(3, 3);
        assertThat(listed.warnings())
                .containsExactly(root + ": has no folder test, so 6 of the 20 images of train are the test split"
                        + " (data.split.test: 0.3)");
        assertThat(ImageFolder.read(root, new SeededSplit(0.2, 0, 1), DECODER)
                        .splits()
                        .test()
                        .size())
                .isZero();
    }

    @Test
    void splitFoldersAreFoundInTheirUsualSpellings() {
        for (List<String> names : List.of(
                List.of("Train", "Val", "TEST"),
                List.of("training", "valid", "testing"),
                List.of("train", "Validation", "Test"))) {
            Path below = root.resolve(names.get(0) + names.get(1));
            for (String split : names) {
                Images.png(below.resolve(split).resolve("a/0.png"));
                Images.png(below.resolve(split).resolve("b/0.png"));
            }
            Splits<Dataset> splits =
                    ImageFolder.read(below, new SeededSplit(0, 0, 1), DECODER).splits();
            assertThat(splits.train().size()).isEqualTo(2);
            assertThat(splits.validation().size()).isEqualTo(2);
            assertThat(ids(splits.test())).containsExactly(names.get(2) + "/a/0.png", names.get(2) + "/b/0.png");
        }
    }

    @Test
    void twoFoldersForOneSplitAreRefused() {
        for (String split : List.of("train", "val", "valid")) {
            fill(split + "/a", 1);
            fill(split + "/b", 1);
        }
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .hasMessageContaining("has both val and valid for the split val");
    }

    @Test
    void splitsWithoutTrainAreNotTakenForClasses() {
        fill("val/a", 2);
        fill("test/a", 2);
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .hasMessage(root
                        + ": has a folder val and a folder test, but no folder train; rename the one to train on to"
                        + " train");
        fill("a", 2);
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER)).hasMessageContaining("but no folder train");
    }

    @Test
    void aClassMayBeCalledLikeASplit() {
        fill("train", 2);
        fill("car", 2);
        fill("valid", 2);
        assertThat(ImageFolder.read(root, new SeededSplit(0, 0, 1), DECODER)
                        .splits()
                        .train()
                        .classNames())
                .containsExactly("car", "train", "valid");
    }

    @Test
    void oneClassIsRefusedWithTheFolderThatWasPerhapsMeant() {
        fill("photos/cat", 2);
        fill("photos/dog", 2);
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("one class only, photos")
                .hasMessageContaining(
                        "if the classes are below it (cat, dog), set data.root to " + root.resolve("photos"));
        assertThatThrownBy(() -> ImageFolder.read(root.resolve("photos/cat"), SPLIT, DECODER))
                .hasMessageContaining(
                        "found images; if they are one class of several, set data.root to the folder above");
    }

    @Test
    void aRunBelowTheFolderIsNoClass() {
        fill("cat", 2);
        fill("dog", 2);
        Images.write(root.resolve("runs/a/config.json"), "{}");
        Images.write(root.resolve("runs/a/state.json"), "{}");
        Images.write(root.resolve("runs/a/task.safetensors"), "tensors");
        Listed listed = ImageFolder.read(root, SPLIT, DECODER);
        assertThat(listed.splits().train().classNames()).containsExactly("cat", "dog");
        assertThat(listed.warnings()).containsExactly(root + ": not used: 1 folder of Inlay's own output, runs/a");
    }

    @Test
    void sharesMustLeaveSomethingToTrainOn() {
        assertThatThrownBy(() -> new SeededSplit(0.5, 0.5, 1)).hasMessageContaining("together below 1");
    }

    private void fill(String folder, int count) {
        for (int i = 0; i < count; i++) {
            Images.png(root.resolve(folder).resolve(String.format("p%02d.png", i)));
        }
    }

    private static int[] counts(Dataset dataset) {
        int[] counts = new int[dataset.classNames().size()];
        for (int i = 0; i < dataset.size(); i++) {
            counts[dataset.label(i)]++;
        }
        return counts;
    }

    private static List<String> ids(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(dataset::id).toList();
    }
}
