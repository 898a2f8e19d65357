package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.PretrainConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainRunTest {
    @TempDir
    private Path folder;

    @Test
    void aJournalIsNotGoneOnWithUnderAnotherConfig() throws IOException {
        Path yaml = Files.writeString(
                folder.resolve("pretrain.yaml"),
                """
                threads: 1
                network: {imageSize: 8, patchSize: 8, embedDim: 8, depth: 1, numHeads: 1, mlpHidden: 8}
                pretrain: {examples: 16, epochs: 2, batchSize: 8}
                """);
        Path out = folder.resolve("vit.safetensors");
        PretrainConfig config = PretrainConfig.read(yaml, List.of());
        assertThatThrownBy(() -> PretrainRun.run(config, out, Progress.NONE, () -> true))
                .isInstanceOf(StoppedException.class);
        Path journal = folder.resolve("vit.safetensors.journal");
        byte[] saved = Files.readAllBytes(journal);
        PretrainConfig other = PretrainConfig.read(yaml, List.of("pretrain.epochs=3"));
        assertThatThrownBy(() -> PretrainRun.run(other, out, Progress.NONE, () -> false))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("pretrain.epochs was 2 and is 3");
        assertThat(journal).hasBinaryContent(saved);
        PretrainRun.run(config, out, Progress.NONE, () -> false);
        assertThat(folder).isDirectoryNotContaining(file -> file.toString().matches(".*(journal|config\\.json)"));
    }
}
