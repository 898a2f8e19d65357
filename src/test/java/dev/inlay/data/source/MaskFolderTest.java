package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Masks;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images with masks, in folders and in lists. */
class MaskFolderTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.APPLY);
    private static final MaskReading READING =
            new MaskReading.Numbers(new PixelClasses(List.of("sky", "road")), Set.of(255));
    private static final SeededSplit SPLIT = new SeededSplit(0.25, 0.25, false, Optional.empty(), Optional.empty(), 3);

    @TempDir
    private Path root;

    @BeforeEach
    void write() {
        for (String split : List.of("train", "val", "Test")) {
            for (String name : List.of("a", "sub/b", "sub/c d")) {
                pair(split, name);
            }
        }
    }

    private void pair(String split, String name) {
        Masks.pair(
                root.resolve(split + "/" + name + ".png"),
                root.resolve(split + "-masks/" + name + ".png"),
                6,
                4,
                0,
                1,
                255);
    }

    private Splits<Dataset> folders(String images, String masks) {
        return new MaskFolder(root, images, masks).read(READING, SPLIT, DECODER).splits();
    }

    private Splits<Dataset> lists(String... train) {
        Images.write(root.resolve("train.txt"), train);
        return new MaskLists(root, "train.txt", Optional.empty(), Optional.empty())
                .read(READING, SPLIT, DECODER)
                .splits();
    }

    private static List<String> ids(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(dataset::id).toList();
    }

    @Test
    void eachSplitHasItsFolderAndEachImageTheMaskOfItsName() throws IOException {
        Files.move(root.resolve("Test"), root.resolve("test"));
        Files.move(root.resolve("Test-masks"), root.resolve("test-masks"));
        Splits<Dataset> splits = folders("{split}", "{split}-masks");
        assertThat(ids(splits.train())).containsExactly("train/a.png", "train/sub/b.png", "train/sub/c d.png");
        assertThat(ids(splits.validation())).containsExactly("val/a.png", "val/sub/b.png", "val/sub/c d.png");
        assertThat(splits.trainAndValidation().size()).isEqualTo(6);
        assertThat(splits.test().maskFile(1)).contains(root.resolve("test-masks/sub/b.png"));
        assertThat(splits.test().mask(1).values()).startsWith(0, 1, 255, 0, 1, 255);
        assertThat(splits.test().isDrawn()).isFalse();
        assertThat(splits.train().labels()).isEqualTo(READING.labels());
    }

    @Test
    void whatHasNoFolderIsDrawnAndTheSameImagesAreDrawnAgain() {
        IntStream.range(0, 9).forEach(i -> pair("train", "e" + i));
        Splits<Dataset> drawn = folders("train", "train-masks");
        assertThat(List.of(
                        drawn.train().size(),
                        drawn.validation().size(),
                        drawn.test().size()))
                .containsExactly(6, 3, 3);
        assertThat(drawn.test().isDrawn()).isTrue();
        assertThat(ids(folders("train", "train-masks").test())).isEqualTo(ids(drawn.test()));
    }

    @Test
    void imagesWithoutMasksAndMasksWithoutImagesAreListedTogether() throws IOException {
        Files.delete(root.resolve("train-masks/a.png"));
        Files.delete(root.resolve("train/sub/b.png"));
        Files.delete(root.resolve("val-masks/sub/c d.png"));
        Masks.pair(root.resolve("val/a.jpg"), root.resolve("x/x.png"), 6, 4, 0);
        assertThatThrownBy(() -> folders("{split}", "{split}-masks"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 4 problems")
                .hasMessageContaining("train/a.png: has no mask; expected " + root.resolve("train-masks/a.png"))
                .hasMessageContaining("train-masks/sub/b.png: has no image; expected one of that name in "
                        + root.resolve("train/sub"))
                .hasMessageContaining("val/sub/c d.png: has no mask")
                .hasMessageContaining("has the name of " + root.resolve("val/a."));
    }

    @Test
    void missingAndEmptyFoldersSayWhatIsExpected() throws IOException {
        assertThatThrownBy(() -> folders("{split}", "{split}-labels"))
                .hasMessageContaining("train-labels: no such folder, where the masks of " + root.resolve("train"))
                .hasMessageContaining("val-labels: no such folder");
        assertThatThrownBy(() -> folders("images/{split}", "masks/{split}"))
                .hasMessageContaining("expected images to train on in " + root.resolve("images/train")
                        + ", found no such folder; set data.images");
        Files.createDirectories(root.resolve("images/train"));
        Files.createDirectories(root.resolve("masks/train"));
        assertThatThrownBy(() -> folders("images/{split}", "masks/{split}")).hasMessageContaining("found none");
        assertThatThrownBy(() -> folders("train", "train"))
                .hasMessageContaining("images and masks are in one folder; list the pairs in a file, data.train");
    }

    @Test
    void listsPairAnyFiles() {
        Splits<Dataset> splits = lists(
                "train/a.png train-masks/a.png",
                "",
                "train/sub/c d.png\ttrain-masks/sub/c d.png",
                "train/sub/b.png,train-masks/sub/b.png",
                root.resolve("val/a.png") + "  val-masks/a.png");
        assertThat(splits.train().size()).isEqualTo(2);
        assertThat(ids(splits.trainAndValidation())).hasSize(3).allMatch(id -> id.endsWith(".png"));
        assertThat(splits.test().size()).isEqualTo(1);
        Images.write(root.resolve("test.txt"), "Test/a.png Test-masks/a.png");
        Splits<Dataset> given = new MaskLists(root, "train.txt", Optional.of("test.txt"), Optional.of("test.txt"))
                .read(READING, SPLIT, DECODER)
                .splits();
        assertThat(ids(given.train()))
                .containsExactly("train/a.png", "train/sub/c d.png", "train/sub/b.png", "val/a.png");
        assertThat(given.train().maskFile(1)).contains(root.resolve("train-masks/sub/c d.png"));
        assertThat(given.train().mask(2).values()).startsWith(0, 1, 255);
    }

    @Test
    void everyLineThatIsNoPairOfFilesIsToldWithItsNumber() {
        assertThatThrownBy(() -> lists(
                        "train/a.png train-masks/a.png",
                        "train/sub/b.png",
                        "train/sub/c d.png train-masks/sub/c d.png",
                        "./train/a.png\ttrain-masks/a.png",
                        "train/gone.png train-masks/none.png"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 5 problems")
                .hasMessageContaining(
                        "train.txt line 2: expected the path of an image, a tab, and the path of its mask;"
                                + " found \"train/sub/b.png\"")
                .hasMessageContaining("train.txt line 3: expected the path of an image")
                .hasMessageContaining("train.txt line 4: train/a.png is already listed in line 1")
                .hasMessageContaining("train.txt line 5: train/gone.png is missing below " + root)
                .hasMessageContaining("train.txt line 5: train-masks/none.png is missing below " + root);
        Images.write(root.resolve("test.txt"), "train/a.png val-masks/a.png");
        Images.write(root.resolve("train.txt"), "train/a.png train-masks/a.png");
        assertThatThrownBy(() -> new MaskLists(root, "train.txt", Optional.empty(), Optional.of("test.txt"))
                        .read(READING, SPLIT, DECODER))
                .hasMessageContaining("test.txt line 1: train/a.png has the mask " + root.resolve("train-masks/a.png")
                        + " in another place");
        assertThatThrownBy(() -> lists("", " ")).hasMessageContaining("train.txt: no pair is listed");
        assertThatThrownBy(() -> new MaskLists(root, "gone.txt", Optional.empty(), Optional.of("no.txt"))
                        .read(READING, SPLIT, DECODER))
                .hasMessageContaining("gone.txt: the list is missing below " + root)
                .hasMessageContaining("no.txt: the list is missing");
    }

    @Test
    void fingerprintsTellImagesMasksAndWhatTheyStandForApart() {
        String before = folders("train", "train-masks").train().fingerprint();
        assertThat(folders("train", "train-masks").train().fingerprint()).isEqualTo(before);
        MaskReading other = new MaskReading.Numbers(new PixelClasses(List.of("sky", "road")), Set.of(1));
        assertThat(new MaskFolder(root, "train", "train-masks")
                        .read(other, SPLIT, DECODER)
                        .splits()
                        .train()
                        .fingerprint())
                .isNotEqualTo(before);
        pair("train", "f");
        assertThat(folders("train", "train-masks").train().fingerprint()).isNotEqualTo(before);
    }
}
