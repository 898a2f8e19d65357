package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.config.RunConfig;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configs that name a Swin Transformer: from the config to a task that predicts. */
class SwinRunTest {
    private static final Path WEIGHTS = Golden.path("swin/weights.safetensors").toAbsolutePath();
    private static final Path IMAGES = Golden.path("swin/io.safetensors").toAbsolutePath();

    @TempDir
    private static Path folder;

    private static Path spec;

    @BeforeAll
    static void writeSizes() throws IOException {
        spec = Files.writeString(
                folder.resolve("spec.json"), Golden.swinSpec("swin").toJson());
    }

    private static RunConfig config(String backbone, String method) {
        String yaml =
                """
                name: swin
                seed: 3
                threads: 1
                backbone: %s
                data: {type: builtin, task: shape, size: 32, train: 24, validation: 0, test: 8, workers: 1}
                method: %s
                sensitivity: {batchSize: 12, batches: 2, prompts: 2, memory: recompute}
                train: {epochs: 2, batchSize: 8, learningRate: 3e-3}
                baselines: {linear: false}
                """
                        .formatted(backbone, method);
        return RunConfig.parse(yaml, folder, List.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: spt, rank: 2, budget: 900, exceptions: {mlp.fc1: ssf}, dropout: 0.1}",
                "{type: spt, rank: 2, budget: 900, mode: unstructured}",
                "{type: prompt, tokens: 3, dropout: 0.1}",
                "{type: sum, of: [{type: prompt, depth: shallow, tokens: 2}, {type: bias}]}",
                "{type: lora, rank: 2, dropout: 0.1}"
            })
    void aRunLeavesATaskThatPredicts(String method) throws IOException {
        Path out = Files.createTempDirectory(folder, "run");
        String backbone = "{name: custom, file: %s, spec: %s, dropPath: 0.1}".formatted(WEIGHTS, spec);
        Inlay.tune(config(backbone, method), out);
        Path task = out.resolve("task.safetensors");
        Cli inspected = inlay("inspect", task);
        assertThat(inspected.out()).contains("backbone.depths", "[2, 2]", "backbone.window");
        Cli first = inlay("predict", "--task", task, "--backbone", WEIGHTS, "--logits", IMAGES);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out().lines().distinct()).hasSize(3);
        Path again = Files.createTempDirectory(folder, "again");
        Inlay.tune(config(backbone, method), again);
        assertThat(Files.readAllBytes(again.resolve("task.safetensors"))).isEqualTo(Files.readAllBytes(task));
    }

    @Test
    void aBudgetThatNoClassTokenTakesIsSpentOnTheRest() throws IOException {
        Path out = Files.createTempDirectory(folder, "plan");
        String backbone = "{name: custom, file: %s, spec: %s}".formatted(WEIGHTS, spec);
        Inlay.tune(config(backbone, "{type: spt, rank: 2, budget: 20, classToken: true}"), out);
        assertThat(Files.readString(out.resolve("plan.json"))).contains("\"classToken\": 0");
    }

    @Test
    void weightsAreRecognised() {
        Cli inspected = inlay("inspect", WEIGHTS);
        assertThat(inspected.code()).isZero();
        assertThat(inspected.out()).contains("backbone ", "[2, 4]").containsPattern("window +4");
    }

    @Test
    void aPublishedNameIsEnough() {
        RunConfig config = config("{name: swin_tiny_patch4_window7_224, random: true}", "{type: linear}");
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone swin = Backbones.load(config.backbone(), 0)) {
            assertThat(swin.parameterCount()).isEqualTo(27_519_354);
            assertThat(swin.depth()).isEqualTo(12);
            Tensor features = swin.features(torch.ones(1, 3, 224, 224), Pass.BARE);
            assertThat(Tensors.shapeOf(features)).containsExactly(1L, 768L);
            assertThat(features.isfinite().all().item_bool()).isTrue();
        }
    }
}
