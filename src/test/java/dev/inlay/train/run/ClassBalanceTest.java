package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Images;
import dev.inlay.error.ConfigException;
import dev.inlay.record.ClassCount;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs on classes of very unequal size. */
class ClassBalanceTest {
    private static final String CONFIG =
            """
            threads: 1
            backbone: {name: builtin}
            data: {type: folder, root: images, split: {validation: 0.25, test: 0.25}, workers: 1}
            method: {type: linear}
            train: {epochs: 2, batchSize: 8}
            """;

    private static final String FEW =
            "classes with fewer than 5 training images: rare 2; add images of them if you can";

    @TempDir
    private Path folder;

    /** 60 nearly black images and 6 nearly as black ones; half of each is to train on. */
    @BeforeEach
    void draw() throws IOException {
        for (int i = 0; i < 66; i++) {
            String name = i < 60 ? "plenty" : "rare";
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            for (int pixel = 0; pixel < 256; pixel++) {
                image.setRGB(pixel % 16, pixel / 16, (i * 7919 + pixel * 104729) % 64 + (i < 60 ? 0 : 16));
            }
            Path file = folder.resolve("images").resolve(name).resolve(i + ".png");
            Files.createDirectories(file.getParent());
            Files.write(file, Images.encode(image, "png"));
        }
    }

    private RunRecord run(String name, String... overrides) {
        return Inlay.tune(RunConfig.parse(CONFIG, folder, List.of(overrides)), folder.resolve(name));
    }

    @Test
    void theCountsAreRecordedAndUnequalClassesGiveOneWarning() {
        RunRecord run = run("plain");
        assertThat(MetricsFile.read(folder.resolve("plain/metrics.json")).data().perClass())
                .isEqualTo(run.data().perClass())
                .containsExactly(new ClassCount("plenty", 30, 15, 15), new ClassCount("rare", 2, 2, 2));
        assertThat(run.warnings())
                .containsExactly(
                        "the classes have very unequal numbers of training images, from 2 of rare to 30 of plenty; set"
                                + " train.classWeights: balanced or train.sampling: balanced to have them count alike, and judge by"
                                + " the mean per class; "
                                + FEW);
    }

    @Test
    void weightsSayTheFewImagesMoreOftenAndTheStartIsFittedWithThem() {
        RunRecord plain = run("plain", "train.learningRate=1e-9");
        RunRecord weighted = run("weighted", "train.learningRate=1e-9", "train.classWeights=balanced");
        RunRecord drawn = run("drawn", "train.learningRate=1e-9", "train.sampling=balanced");
        assertThat(drawn.warnings()).isEqualTo(List.of(FEW));
        assertThat(drawn.confusion()).as("the same start").isEqualTo(weighted.confusion());
        assertThat(drawn.accuracy().crossEntropy())
                .isCloseTo(weighted.accuracy().crossEntropy(), within(1e-4));
        assertThat(predictedRare(weighted)).isGreaterThan(predictedRare(plain));
        assertThat(weighted.warnings()).singleElement().asString().isEqualTo(FEW);
        assertThat(weighted.accuracy().crossEntropy())
                .as("evaluation is not weighted")
                .isGreaterThan(plain.accuracy().crossEntropy());
    }

    private static long predictedRare(RunRecord run) {
        return Stream.of(0, 1)
                .mapToLong(label -> run.confusion().count(label, 1))
                .sum();
    }

    @Test
    void classesThatTheConfigLeavesOutAreSaid() {
        RunRecord run = run("named", "train.classWeights={rare: 5}");
        assertThat(run.warnings())
                .contains(
                        "train.classWeights does not name plenty, which have weight 1, before all weights are scaled to a"
                                + " mean of 1 over the images");
    }

    @Test
    void anUnknownClassEndsTheRunBeforeItBegins() {
        assertThatThrownBy(() -> run("unknown", "train.classWeights={rear: 5}"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("train.classWeights: there is no class rear; the classes are plenty, rare");
        assertThat(folder.resolve("unknown/config.json")).doesNotExist();
    }
}
