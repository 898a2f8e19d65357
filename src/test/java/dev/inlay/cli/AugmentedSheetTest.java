package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code augmented.png} of a run. */
class AugmentedSheetTest {
    private static final List<String> QUICK = List.of(
            "method={type: linear}", "baselines.linear=false", "search={}", "train.epochs=1", "backbone.dropPath=0");
    private static final int SIDE = 16;
    private static final int GAP = 4;

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void write() {
        config = TinyRun.config(folder);
    }

    @Test
    void showsImagesAsTheyAreAndAsTrainingChangesThem() throws IOException {
        BufferedImage sheet = sheet("changed", "data.augment={randomErasing: 1, randomErasingMode: const}");
        assertThat(sheet.getWidth()).isEqualTo(7 * (SIDE + GAP) + GAP);
        assertThat(sheet.getHeight()).isEqualTo(5 * (SIDE + GAP) + GAP);
        BufferedImage other = sheet("other", "data.augment={flip: true}");
        for (int row = 0; row < 5; row++) {
            int[] plain = image(sheet, row, 0);
            assertThat(image(other, row, 0)).isEqualTo(plain);
            for (int column = 1; column < 7; column++) {
                int[] erased = image(sheet, row, column);
                long changed = IntStream.range(0, plain.length)
                        .filter(i -> erased[i] != plain[i])
                        .count();
                assertThat(changed).isBetween(1L, (long) plain.length / 2);
            }
        }
    }

    @Test
    void showsMixedImages() throws IOException {
        BufferedImage sheet = sheet("mixed", "data.augment={}", "train.mixup=1");
        assertThat(image(sheet, 0, 1)).isNotEqualTo(image(sheet, 0, 0));
        assertThat(image(sheet, 2, 1)).as("in the middle, mixed with itself").isEqualTo(image(sheet, 2, 0));
    }

    @Test
    void isOnlyWrittenWhereImagesChangeAndNotByADryRun() {
        tune("still", "data.augment={}");
        assertThat(folder.resolve("still/augmented.png")).doesNotExist();
        Cli dry =
                inlay("tune", config, "--dry-run", "--out", folder.resolve("dry"), QUICK, "data.augment={flip: true}");
        assertThat(dry.code()).as(dry.err()).isZero();
        assertThat(Files.exists(folder.resolve("dry"))).isFalse();
    }

    private BufferedImage sheet(String name, String... overrides) throws IOException {
        tune(name, overrides);
        return ImageIO.read(folder.resolve(name).resolve("augmented.png").toFile());
    }

    private void tune(String name, String... overrides) {
        Cli cli = inlay("tune", config, "--out", folder.resolve(name), QUICK, List.of(overrides));
        assertThat(cli.code()).as(cli.err()).isZero();
    }

    private static int[] image(BufferedImage sheet, int row, int column) {
        return sheet.getRGB(GAP + column * (SIDE + GAP), GAP + row * (SIDE + GAP), SIDE, SIDE, null, 0, SIDE);
    }
}
