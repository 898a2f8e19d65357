package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.golden.Golden;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configs that name a ViT with rotary positions: from the config to a task that predicts. */
class Dinov3RunTest {
    private static final Path WEIGHTS =
            Golden.path("vit_options/dinov3_swiglu/weights.safetensors").toAbsolutePath();
    private static final Path IMAGES =
            Golden.path("vit_options/dinov3_swiglu/io.safetensors").toAbsolutePath();

    @TempDir
    private static Path folder;

    private static Path spec;

    @BeforeAll
    static void writeSizes() throws IOException {
        spec = Files.writeString(
                folder.resolve("spec.json"),
                Golden.json("vit_options/meta.json")
                        .get("specs")
                        .get("dinov3_swiglu")
                        .toString());
    }

    private static Path run(String method, String... overrides) throws IOException {
        String yaml =
                """
                seed: 3
                threads: 1
                backbone: {name: custom, file: %s, spec: %s, dropPath: 0.1}
                data: {type: builtin, task: shape, size: 16, train: 24, validation: 0, test: 8, workers: 1}
                method: %s
                sensitivity: {batchSize: 12, batches: 2, prompts: 2, memory: recompute}
                train: {epochs: 2, batchSize: 8, learningRate: 3e-3}
                baselines: {linear: false}
                """
                        .formatted(WEIGHTS, spec, method);
        Path out = Files.createTempDirectory(folder, "run");
        Inlay.tune(RunConfig.parse(yaml, folder, List.of(overrides)), out);
        return out;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: spt, rank: 2, budget: 900, exceptions: {mlp.fc1_g: ssf}, dropout: 0.1}",
                "{type: prompt, tokens: 3, dropout: 0.1}",
                "{type: sum, of: [{type: prompt, depth: shallow, tokens: 2}, {type: bias}]}",
                "{type: pad, pixels: 2}"
            })
    void aRunLeavesATaskThatPredicts(String method) throws IOException {
        Path task = run(method).resolve("task.safetensors");
        assertThat(inlay("inspect", task).out()).contains("backbone.rope", "backbone.qkvBias", "swiglu_split");
        Cli first = inlay("predict", "--task", task, "--backbone", WEIGHTS, "--logits", IMAGES);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out().lines().distinct()).hasSize(3);
        assertThat(Files.readAllBytes(run(method).resolve("task.safetensors"))).isEqualTo(Files.readAllBytes(task));
    }

    @Test
    void keepingWhatFrozenBlocksGiveChangesNothingButTheTime() throws IOException {
        String partial = "{type: partial, blocks: 1}";
        String[] still = {"backbone.dropPath=0", "data.augment={flip: false, crop: center}", "train.cacheMegabytes=64"};
        RunRecord kept = MetricsFile.read(run(partial, still).resolve("metrics.json"));
        still[2] = "train.cacheMegabytes=0";
        RunRecord again = MetricsFile.read(run(partial, still).resolve("metrics.json"));
        assertThat(kept.seconds()).containsKey(Phase.FROZEN);
        assertThat(again.seconds()).doesNotContainKey(Phase.FROZEN);
        assertThat(kept.accuracy().crossEntropy()).isCloseTo(again.accuracy().crossEntropy(), within(1e-4));
    }

    @Test
    void weightsAreRecognised() {
        Cli inspected = inlay("inspect", WEIGHTS);
        assertThat(inspected.code()).isZero();
        assertThat(inspected.out()).contains("swiglu_split").containsPattern("rope +true");
    }
}
