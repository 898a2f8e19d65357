package dev.inlay.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.DataConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.DataException;
import dev.inlay.inputs.RunData.DataSplit;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a config says of images reaches the decoder, and what the decoder says of them the run. */
class RunDataTest {
    private static final Path CORPUS = Path.of("src/test/resources/images/corpus");

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        for (String part : List.of("train", "val", "test")) {
            for (String name : List.of("a", "b")) {
                Path below = Files.createDirectories(folder.resolve("images/" + part + "/" + name));
                Files.copy(CORPUS.resolve("baseline.jpg"), below.resolve("whole.jpg"));
            }
        }
        Files.copy(CORPUS.resolve("cut_90_baseline.jpg"), folder.resolve("images/train/a/cut.jpg"));
    }

    private RunData load(String... settings) throws IOException {
        Path file = folder.resolve("run.yaml");
        Files.writeString(file, "data:\n  type: folder\n  root: images\n  " + String.join("\n  ", settings) + "\n");
        DataConfig config = RunConfig.read(file, List.of()).data();
        return RunData.load(config, Set.of(DataSplit.TRAIN), 16, 16, 0, Progress.NONE);
    }

    @Test
    void truncatedImagesAreRefused() {
        assertThatThrownBy(() -> load("onBadImage: fail"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 image cannot be used")
                .hasMessageContaining("cut.jpg: cannot be decoded, it is truncated or damaged");
    }

    @Test
    void truncatedImagesAreUsedAndCountedWhereTheyAreAccepted() throws IOException {
        try (RunData data = load("truncatedImages: accept")) {
            assertThat(data.splits().train().size()).isEqualTo(3);
            assertThat(data.warnings()).singleElement().asString().endsWith("cut.jpg");
            assertThat(data.skipped()).isZero();
        }
    }

    @Test
    void limitsOfImagesAreThoseOfTheConfig() {
        assertThatThrownBy(() -> load("image: {maxPixels: 1000}", "truncatedImages: accept"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 image cannot be used")
                .hasMessageContaining("58 x 76 pixels are more than the limit of 1000");
    }
}
