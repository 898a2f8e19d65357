package dev.inlay.proposal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProposalTest {
    @TempDir
    private Path folder;

    private void images(String below, int count) throws IOException {
        Path at = Files.createDirectories(folder.resolve(below));
        byte[] png = Images.encode(Images.gradient(30, 20, BufferedImage.TYPE_INT_RGB), "png");
        for (int i = 0; i < count; i++) {
            Files.write(at.resolve(String.format("%03d.png", i)), png);
        }
    }

    /** Without the line breaks of comments. */
    private String proposed() {
        String yaml = Proposal.of(folder, ProposedBackbone.none());
        return yaml.replaceAll("\n#   ", " ");
    }

    private RunConfig config() {
        return RunConfig.parse(Proposal.of(folder, ProposedBackbone.none()), folder, List.of());
    }

    @Test
    void saysWhatItSawAndProposesTheSameConfigEveryTime() throws IOException {
        images("cat", 20);
        images("dog", 30);
        assertThat(proposed())
                .contains("50 images of 2 classes, in a folder for each class: " + folder)
                .contains("images by class: cat 20, dog 30; the smallest class is cat with 20")
                .contains("50 images were read: 30 × 20 pixels each")
                .contains("35 images to train on, 5 for validation, 10 to test on: validation and test are drawn")
                .contains("a test image is 10.0 points of accuracy")
                .contains("`bin/inlay pull deit_tiny_patch16_224.fb_in1k`")
                .contains("a mirrored photo shows the same class")
                .contains("images are small")
                .isEqualTo(proposed());
        TrainConfig train = config().train();
        assertThat(train.select()).isEqualTo(TrainConfig.Select.BEST);
        assertThat(train.patience()).isPositive();
        assertThat(config().data().augment().flip()).isTrue();
        assertThat(config().backbone().file()).contains(folder.resolve("model.safetensors"));
    }

    @Test
    void readsTwoHundredImagesAtMost() throws IOException {
        images("cat", 150);
        images("dog", 150);
        assertThat(proposed()).contains("- 200 images were read");
    }

    @Test
    void saysWhichSplitsHaveFoldersAndWhichAreDrawn() throws IOException {
        images("train/cat", 20);
        images("train/dog", 20);
        assertThat(proposed())
                .contains("validation and test are drawn by the seed")
                .contains("has no folder test");
        images("test/cat", 4);
        images("test/dog", 4);
        assertThat(proposed()).contains("test is given, validation is drawn from train by the seed");
        images("val/cat", 4);
        images("val/dog", 4);
        assertThat(proposed()).contains("40 images to train on, 8 for validation, 8 to test on: all three are given");
        assertThat(Proposal.of(folder, ProposedBackbone.none())).doesNotContain("split:");
    }

    @ParameterizedTest
    @CsvSource({
        "turn left, turn right, tells left from right",
        "six, seven, digits or letters",
        "b, d, digits or letters"
    })
    void doesNotMirrorWhatMirroringChanges(String one, String other, String why) throws IOException {
        images(one, 6);
        images(other, 6);
        assertThat(proposed()).contains(why);
        assertThat(config().data().augment().flip()).isFalse();
    }

    @Test
    void drawsAnImageOfSmallClassesForEverySplit() throws IOException {
        images("cat", 3);
        images("dog", 4);
        assertThat(proposed())
                .contains("3 images to train on, 2 for validation, 2 to test on")
                .contains("fewer than 10 images of a class are few");
    }

    @Test
    void saysThatFoldersBelowAClassBelongToIt() throws IOException {
        images("animal/cat", 6);
        images("plant/rose", 6);
        assertThat(proposed()).contains("folders below a class folder belong to its class (animal/cat, plant/rose)");
    }

    @Test
    void leavesOutImagesThatCannotBeDecoded() throws IOException {
        images("cat", 6);
        images("dog", 6);
        Files.writeString(folder.resolve("dog/004.png"), "no image");
        assertThat(proposed()).contains("1 of the 12 cannot be decoded").contains("onBadImage: skip");
        for (String name : List.of("cat", "dog")) {
            for (int i = 0; i < 6; i++) {
                Files.writeString(folder.resolve(String.format("%s/%03d.png", name, i)), "no image");
            }
        }
        assertThatThrownBy(this::proposed)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no image of 12 that were read can be decoded");
    }

    @Test
    void findsListsManifestsAndJsonSplits() throws IOException {
        images("images", 12);
        for (String list : List.of("train800", "val200", "train800val200", "test")) {
            int from = list.equals("test") ? 8 : list.equals("val200") ? 6 : 0;
            int to = list.equals("test") ? 12 : list.equals("train800") ? 6 : 8;
            Files.write(
                    folder.resolve(list + ".txt"), lines(from, to, i -> String.format("images/%03d.png %d", i, i % 2)));
        }
        assertThat(proposed()).contains("in lists as VTAB-1k has them").contains("type: vtab");
        Files.delete(folder.resolve("train800.txt"));
        Files.writeString(folder.resolve("notes.csv"), "author\nme\n");
        Files.writeString(
                folder.resolve("all.csv"),
                "path,label\n" + String.join("\n", lines(0, 12, i -> String.format("images/%03d.png,c%d", i, i % 2))));
        assertThat(proposed()).contains("in the manifest all.csv").contains("type: csv");
        assertThat(Proposal.of(folder.resolve("all.csv"), ProposedBackbone.none()))
                .contains("name: all\n");
        for (String split : List.of("train", "val", "test")) {
            int from = split.equals("train") ? 0 : split.equals("val") ? 6 : 8;
            Files.writeString(
                    folder.resolve(split + ".json"),
                    "{" + String.join(", ", lines(from, from + 2, i -> String.format("\"%03d.png\": %d", i, i % 2)))
                            + "}");
        }
        assertThat(proposed()).contains("in JSON splits as VPT has them").contains("images: images");
    }

    private static List<String> lines(int from, int to, IntFunction<String> line) {
        return IntStream.range(from, to).mapToObj(line).toList();
    }

    @Test
    void saysWhyNothingCanBeProposed() throws IOException {
        assertThatThrownBy(this::proposed).hasMessageContaining("no class folders");
        images("cat", 2);
        assertThatThrownBy(this::proposed).hasMessageContaining("one class only, cat");
        images("dog", 2);
        assertThatThrownBy(this::proposed)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("there have to be three of a class");
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> Proposal.of(missing, ProposedBackbone.none()))
                .hasMessageContaining("no folder; check the path");
        Path text = Files.writeString(folder.resolve("list.txt"), "a 1");
        assertThatThrownBy(() -> Proposal.of(text, ProposedBackbone.none()))
                .hasMessageContaining("expected a folder of images or a CSV file");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            deit_small_patch16_224           | imagenet
            swin_tiny_patch4_window7_224     | imagenet
            convnext_base                    | imagenet
            convnext_xxlarge                 | {mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711]}
            vit_base_patch16_clip_224        | {mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711]}
            vit_base_patch32_clip_quickgelu_224 | {mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711]}
            eva_large_patch14_196            | {mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711]}
            vit_base_patch16_224             | inception
            vit_small_patch14_reg4_dinov2    | imagenet
            vit_base_patch16_dinov3_qkvb     | imagenet
            """)
    void normalisesAsTimmDoesForMostWeightsOfTheName(String name, String normalize) throws IOException {
        images("cat", 6);
        images("dog", 6);
        ProposedBackbone backbone = new ProposedBackbone(name, folder.resolve("weights"), true, Optional.empty());
        assertThat(Proposal.of(folder, backbone))
                .contains("normalize: " + normalize + "}")
                .contains("pretrained_cfg");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"pretrained_cfg": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "crop_pct": 0.9}} | imagenet
            {"pretrained_cfg": {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}}                             | none
            {"pretrained_cfg": {"mean": [0.43, 0.411, 0.296], "std": [0.213, 0.156, 0.143]}} | {mean: [0.43, 0.411, 0.296], std: [0.213, 0.156, 0.143]}
            {"pretrained_cfg": {"mean": [0.5], "std": [0.5]}}                                                 | inception
            {"model_type": "vit"}                                                                             | inception
            """)
    void prefersTheNormalisationThatTimmStoresNextToTheWeights(
            String settings, String normalize, @TempDir Path snapshot) throws IOException {
        images("cat", 6);
        images("dog", 6);
        Path weights = snapshot.resolve("model.safetensors");
        Files.copy(Golden.path("vit_forward/weights.safetensors"), weights);
        Files.writeString(weights.resolveSibling("config.json"), settings);
        String proposal = Proposal.of(folder, ProposedBackbone.of(weights, "vit_base_patch16_224"));
        assertThat(proposal).contains("normalize: " + normalize + "}");
        assertThat(proposal.contains("own mean and standard deviation")).isEqualTo(!normalize.equals("inception"));
    }

    private RunConfig configOf(String header, String... rows) throws IOException {
        images("photos", rows.length);
        StringBuilder manifest = new StringBuilder("path," + header + "\n");
        for (int i = 0; i < rows.length; i++) {
            manifest.append(String.format("photos/%03d.png,%s%n", i, rows[i]));
        }
        Path file = Files.writeString(folder.resolve("list.csv"), manifest.toString());
        return RunConfig.parse(Proposal.of(file, ProposedBackbone.none()), folder, List.of());
    }

    private static String[] repeated(String... rows) {
        return Collections.nCopies(6, List.of(rows)).stream()
                .flatMap(List::stream)
                .toArray(String[]::new);
    }

    @Test
    void aManifestWhoseCellsNameSeveralClassesIsMultiLabel() throws IOException {
        RunConfig config = configOf("label", repeated("cat|dog", "dog", "cat;odd", "cat", "dog|cat", ""));
        assertThat(config.data().labels().kind()).isEqualTo(LabelSpace.Kind.MULTI);
        assertThat(config.data().labels().separator()).isEqualTo("|");
        assertThat(Proposal.of(folder.resolve("list.csv"), ProposedBackbone.none()))
                .contains("name several classes");
    }

    @Test
    void columnsOfZeroAndOneAreClassesAndOthersNumbers() throws IOException {
        RunConfig multi = configOf("cat,dog", repeated("0,1", "1,1", "0,0", "1,0"));
        assertThat(multi.data().labels().kind()).isEqualTo(LabelSpace.Kind.MULTI);
        assertThat(multi.data().labels().names()).containsExactly("cat", "dog");
        RunConfig numbers = configOf("area,width", repeated("0.5,1", "1,1", "-2e3,7"));
        assertThat(numbers.data().labels().kind()).isEqualTo(LabelSpace.Kind.NUMBERS);
        assertThat(numbers.data().labels().names()).containsExactly("area", "width");
        assertThat(numbers.data().augment().flip()).isFalse();
        assertThat(Proposal.of(folder.resolve("list.csv"), ProposedBackbone.none()))
                .contains("18 images of 2 numbers (area, width), in the manifest list.csv");
    }

    @Test
    void decimalsAreNumbersAndWholeNumbersClasses() throws IOException {
        assertThat(configOf("label", repeated("1.5", "2", "3")).data().labels().kind())
                .isEqualTo(LabelSpace.Kind.NUMBERS);
        assertThat(configOf("label", repeated("1", "2", "3")).data().labels().kind())
                .isEqualTo(LabelSpace.Kind.SINGLE);
        assertThat(Proposal.of(folder.resolve("list.csv"), ProposedBackbone.none()))
                .contains("data.labels: numbers has them predicted");
        assertThat(configOf("label", repeated("a|b", "c|d", "a|b"))
                        .data()
                        .labels()
                        .kind())
                .as("names that never stand otherwise")
                .isEqualTo(LabelSpace.Kind.SINGLE);
    }
}
