package dev.inlay.bench.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.cli.Main;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Studies at their smallest. */
class StudiesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kernels --rounds 1 --only linear.576x192.frozen | linear 576x192 frozen, onednn",
                "linear-grid --rounds 1 --examples 64 --epochs 1 | AdamW, 100 classes, 40 together",
                "mixed-tasks --rounds 1 --batch 2 --only ^8.of.all | the bare backbone",
            })
    void printsALineForEveryWay(String command, String line) {
        assertThat(printed(("bench " + command).split(" "))).contains(line);
    }

    @Test
    void nativeKernelsAreComparedWhereTheyAreBuilt() {
        assumeTrue(KernelStudy.isNative(), "this build has no native kernels");
        assertThat(printed("bench", "kernels", "--rounds", "1", "--only", "768x768 50$"))
                .contains("sampled 768x768 50, native", "sampled 768x768 50, LibTorch", "sparse 768x768 50, native");
    }

    @Test
    void imagesOfAFolderAreDecoded(@TempDir Path folder) throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(image, "png", folder.resolve("a.png").toFile());
        assertThat(printed("bench", "decoding", folder.toString(), "--rounds", "1", "--seconds", "0.01"))
                .containsPattern("turn 1: \\d+ images/s");
    }

    @Test
    void predictionIsMeasuredBesideItsTwoParts(@TempDir Path folder) throws IOException {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(image, "png", folder.resolve("a.png").toFile());
        assertThat(printed("bench", "inference", folder.toString(), "--rounds", "1", "--readers", "1"))
                .containsPattern("turn 1: decoding .*, computing .*, both .*: \\d+ images/s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"decoding", "inference"})
    void aFolderWithoutImagesIsRefused(String study, @TempDir Path folder) {
        StringWriter err = new StringWriter();
        assertThat(Main.run(
                        new PrintWriter(new StringWriter()), new PrintWriter(err), "bench", study, folder.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains(folder + ": expected images, found an empty folder");
    }

    private static String printed(String... command) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertThat(Main.run(new PrintWriter(out), new PrintWriter(err), command))
                .as(err.toString())
                .isZero();
        return out.toString();
    }
}
