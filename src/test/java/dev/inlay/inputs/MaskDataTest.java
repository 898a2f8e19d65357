package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.BackboneConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Contents;
import dev.inlay.data.Images;
import dev.inlay.data.Masks;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.inputs.RunData.DataSplit;
import dev.inlay.progress.Progress;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images with masks from a config to examples, and what is wrong with them to one list. */
class MaskDataTest {
    @TempDir
    private Path root;

    @BeforeEach
    void write() {
        int shade = 0;
        for (String split : List.of("train", "val", "test")) {
            for (String name : List.of("a", "b", "c")) {
                pair(split, name, shade++);
            }
        }
    }

    private void pair(String split, String name, int shade) {
        BufferedImage image = Images.gradient(9, 7, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, shade);
        Images.write(root.resolve(split + "/" + name + ".png"), Images.encode(image, "png"));
        int[] numbers = new int[63];
        numbers[5] = 1;
        numbers[6] = 255;
        Masks.png(mask(split, name), 9, numbers);
    }

    private Path mask(String split, String name) {
        return root.resolve(split + "-masks/" + name + ".png");
    }

    private RunConfig config(String keys) {
        return RunConfig.parse("data: {type: masks, root: ., classes: [sky, road]" + keys + "}", root, List.of());
    }

    private RunData load(String keys) {
        return RunData.load(config(keys).data(), EnumSet.allOf(DataSplit.class), 8, 16, 0, Progress.NONE);
    }

    @Test
    void examplesHaveTheSizeOfTheBackboneAndMasksThatOfTheirFiles() {
        try (RunData data = load("")) {
            assertThat(data.splits().train().size()).isEqualTo(3);
            assertThat(data.splits().trainAndValidation().size()).isEqualTo(6);
            assertThat(data.splits().test().target(0)).hasSize(8 * 16);
            assertThat(data.splits().test().mask(0).width()).isEqualTo(9);
            assertThat(data.splits().train().height()).isEqualTo(8);
            assertThat(data.splits().train().repeats()).isTrue();
            assertThat(data.warnings()).isEmpty();
        }
        try (RunData data = load(", augment: {flip: true}")) {
            assertThat(data.splits().train().repeats()).isFalse();
            assertThat(data.splits().validation().repeats()).isTrue();
        }
    }

    @Test
    void everyBadMaskOfEverySplitIsInOneList() throws IOException {
        Masks.coloured(mask("train", "a"), 9, new int[63]);
        Masks.png(mask("train", "b"), 7, new int[63]);
        Images.write(mask("train", "c"), Images.encode(new BufferedImage(9, 7, BufferedImage.TYPE_USHORT_GRAY), "png"));
        Images.write(mask("val", "a"), Images.firstPart(Files.readAllBytes(mask("val", "a")), 0.9));
        int[] numbers = new int[63];
        numbers[3] = 2;
        Masks.png(mask("val", "b"), 9, numbers);
        java.util.Arrays.fill(numbers, 255);
        Masks.png(mask("test", "a"), 9, numbers);
        assertThatThrownBy(() -> load(""))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("6 images cannot be used; repair or remove them, or set data.onBadImage: skip")
                .hasMessageContaining(mask("train", "a") + ": expected a PNG with one number of at most 8 bits")
                .hasMessageContaining(
                        "train/b.png: the image has 9 x 7 pixels, its mask 7 x 9; both must have one size")
                .hasMessageContaining(
                        mask("train", "c") + ": expected a PNG with one number of at most 8 bits per pixel,"
                                + " indexed or grey, found one of 16 bits")
                .hasMessageContaining(mask("val", "a") + ": cannot be decoded, it is truncated or damaged")
                .hasMessageContaining(mask("val", "b") + ": expected numbers from 0 to 1 (the 2 classes) and those of"
                        + " data.ignore [255], found [2]")
                .hasMessageContaining(mask("test", "a") + ": no pixel counts");
        assertThatThrownBy(() -> load(", onBadImage: skip")).hasMessageContaining("train): no image is left");
        pair("train", "a", 50);
        try (RunData data = load(", onBadImage: skip")) {
            assertThat(data.splits().train().size()).isEqualTo(1);
            assertThat(data.skipped()).isEqualTo(5);
            assertThat(data.warnings()).hasSize(5);
        }
    }

    @Test
    void limitsOfImagesHoldForMasks() {
        Masks.pair(root.resolve("train/d.png"), root.resolve("x/d.png"), 9, 7, 0);
        Masks.png(mask("train", "d"), 50, new int[50 * 50]);
        assertThatThrownBy(() -> load(", image: {maxPixels: 1000}"))
                .hasMessageContaining("1 image cannot be used")
                .hasMessageContaining(mask("train", "d") + ": 50 x 50 pixels are more than the limit of 1000");
    }

    @Test
    void anImageThatIsTestedAndLearnedFromIsFoundByContentAndEqualMasksAreNoLeak() throws IOException {
        Files.copy(root.resolve("train/b.png"), root.resolve("test/d.png"));
        Masks.png(mask("test", "d"), 9, new int[63]);
        assertThatThrownBy(() -> load(""))
                .hasMessageContaining("1 of 4 images of the test split are learned from, too")
                .hasMessageContaining("test/d.png, which holds what train/b.png holds");
        try (RunData data = load(", onLeak: warn")) {
            assertThat(data.warnings()).singleElement().asString().startsWith("1 of 4 images");
        }
    }

    @Test
    void aMaskThatIsExchangedIsNoticed() {
        Path record = root.resolve("inputs.txt");
        RunData.contents(config("").data(), 0).write(record, Map.of());
        assertThat(since(record).isNone()).isTrue();
        Masks.png(mask("train", "b"), 9, new int[63]);
        assertThat(since(record).exchanged()).containsExactly("mask of train/b.png");
    }

    private Contents.Difference since(Path record) {
        return RunData.contents(config("").data(), 0).since(record, Map.of(), Progress.NONE);
    }

    @Test
    void coloursAndListsReachTheRun() {
        Masks.coloured(root.resolve("c.png"), 9, new int[63]);
        Images.write(root.resolve("t.txt"), "train/a.png c.png", "train/b.png c.png");
        RunConfig config = RunConfig.parse(
                """
                data: {type: masks, root: ., train: t.txt, test: t.txt, split: {validation: 0}, onLeak: warn,
                       colours: {void: "#0000ff", black: "#000000", white: "#ffffff"}, ignore: [void]}
                """,
                root,
                List.of());
        try (RunData data = RunData.load(config.data(), EnumSet.of(DataSplit.TRAIN), 8, 16, 0, Progress.NONE)) {
            assertThat(data.splits().train().size()).isEqualTo(2);
            assertThat(data.splits().train().classNames()).containsExactly("black", "white");
            assertThat(data.splits().train().target(1)).containsOnly(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"builtin", "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"})
    void aSizeThatThePatchDoesNotDivideIsRefusedByItsKey(String name) {
        BackboneConfig backbone = RunConfig.parse(
                        "backbone: {name: " + name + ", random: true, imageSize: [97, 64]}", root, List.of())
                .backbone();
        assertThatThrownBy(() -> Backbones.load(backbone, 0))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("backbone.imageSize")
                .hasMessageContaining("97");
        assertThat(backbone.imageSize()).isEqualTo(Optional.of(new BackboneConfig.ImageSize(97, 64)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1, 2, 3]", "0", "tall", "[64]"})
    void sizesAreOneNumberOrTwo(String size) {
        assertThatThrownBy(() -> RunConfig.parse("backbone: {imageSize: " + size + "}", root, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("backbone.imageSize");
    }
}
