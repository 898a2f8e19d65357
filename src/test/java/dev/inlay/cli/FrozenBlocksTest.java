package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.record.MetricsFile;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose first blocks are frozen: with what these give kept, and without. */
class FrozenBlocksTest {
    private static final String[] STILL = {
        "backbone.dropPath=0", "data.augment={flip: false, crop: center}", "method={type: partial, blocks: 1}",
    };

    @TempDir
    private Path folder;

    @Test
    void keepingWhatFrozenBlocksGiveChangesNothingButTheTime() {
        Path config = TinyRun.config(folder);
        RunRecord kept = run(config, "kept");
        RunRecord again = run(config, "again", "train.cacheMegabytes=0");
        assertThat(kept.seconds()).containsKey(Phase.FROZEN);
        assertThat(again.seconds()).doesNotContainKey(Phase.FROZEN);
        assertThat(kept.accuracy().crossEntropy()).isCloseTo(again.accuracy().crossEntropy(), within(1e-4));
        assertThat(kept.search()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "backbone.dropPath=0.3",
                "train.mixup=0.8",
                "train.cutmix=1",
                "data.augment.randAugment=rand-m9-mstd0.5-inc1",
                "data.augment.randomErasing=0.5"
            })
    void whatChangesTrainingImagesKeepsTheTestImagesOnly(String change) {
        Path config = TinyRun.config(folder);
        RunRecord random = run(config, "random", change, "search={}");
        RunRecord still = run(config, "still", "search={}");
        assertThat(random.seconds()).containsKey(Phase.FROZEN);
        assertThat(random.accuracy().crossEntropy())
                .isNotEqualTo(still.accuracy().crossEntropy());
    }

    private RunRecord run(Path config, String name, String... overrides) {
        Path out = folder.resolve(name);
        Cli cli = inlay("tune", config, "--out", out, List.of(STILL), List.of(overrides));
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(Files.exists(out.resolve("task.safetensors"))).isTrue();
        return MetricsFile.read(out.resolve("metrics.json"));
    }
}
