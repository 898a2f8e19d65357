package dev.inlay.cli;

import static dev.inlay.cli.Cli.inlay;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.inputs.Backbones;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configs that name a backbone of another family than ViT's: from the config to a task that predicts. */
class FamilyRunTest {
    @TempDir
    private static Path folder;

    /** Sizes, and images of those sizes. */
    @BeforeAll
    static void writeSizesAndImages() throws IOException {
        Files.writeString(spec("swin"), Golden.swinSpec("swin").toJson());
        Files.copy(Golden.path("swin/io.safetensors"), images("swin"));
        // the weights fit images of any size, and those of the built-in task are squares
        String sizes = Golden.convnextSpec().toJson().replace("\"width\":40", "\"width\":32");
        Files.writeString(spec("convnext"), sizes);
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> io = Golden.tensors("convnext/io.safetensors");
            Tensor squares = io.get("images").narrow(3, 0, 32).contiguous();
            SafeTensorsWriter.write(
                    images("convnext"),
                    List.of(
                            StoredTensors.entry("images", squares),
                            TensorEntry.longs("labels", Tensors.longs(io.get("labels")), 2)),
                    Map.of());
        }
    }

    private static Path spec(String family) {
        return folder.resolve(family + ".json");
    }

    private static Path images(String family) {
        return folder.resolve(family + ".images.safetensors");
    }

    private static Path weights(String family) {
        return Golden.path(family + "/weights.safetensors").toAbsolutePath();
    }

    private static String backbone(String family, String more) {
        return "{name: custom, file: %s, spec: %s%s}".formatted(weights(family), spec(family), more);
    }

    private static RunConfig config(String backbone, String method, int prompts) {
        String yaml =
                """
                name: family
                seed: 3
                threads: 1
                backbone: %s
                data: {type: builtin, task: shape, size: 32, train: 24, validation: 0, test: 8, workers: 1}
                method: %s
                sensitivity: {batchSize: 12, batches: 2, prompts: %d, memory: recompute}
                train: {epochs: 2, batchSize: 8, learningRate: 3e-3}
                baselines: {linear: false}
                """
                        .formatted(backbone, method, prompts);
        return RunConfig.parse(yaml, folder, List.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "swin|2|{type: spt, rank: 2, budget: 900, exceptions: {mlp.fc1: ssf}, dropout: 0.1}",
                "swin|2|{type: spt, rank: 2, budget: 900, mode: unstructured}",
                "swin|2|{type: prompt, tokens: 3, dropout: 0.1}",
                "swin|2|{type: sum, of: [{type: prompt, depth: shallow, tokens: 2}, {type: bias}]}",
                "swin|2|{type: lora, rank: 2, dropout: 0.1}",
                "convnext|0|{type: spt, rank: 2, budget: 900, exceptions: {mlp.fc1: ssf}, dropout: 0.1}",
                "convnext|0|{type: spt, rank: 2, budget: 900, mode: unstructured}",
                "convnext|0|{type: pad, pixels: 3}",
                "convnext|0|{type: sum, of: [{type: bias}, {type: pad, pixels: 2, init: gaussian}]}",
                "convnext|0|{type: dora, rank: 2, operations: []}"
            })
    void aRunLeavesATaskThatPredicts(String family, int prompts, String method) throws IOException {
        RunConfig config = config(backbone(family, ", dropPath: 0.1"), method, prompts);
        Path out = Files.createTempDirectory(folder, "run");
        Inlay.tune(config, out);
        Path task = out.resolve("task.safetensors");
        String inspected = inlay("inspect", task).out();
        assertThat(inspected)
                .contains(
                        family.equals("swin")
                                ? List.of("backbone.depths", "[2, 2]", "backbone.window")
                                : List.of("backbone.dims", "[8, 12, 20, 28]"));
        Cli first = inlay("predict", "--task", task, "--backbone", weights(family), "--logits", images(family));
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out().lines().distinct()).hasSize(family.equals("swin") ? 3 : 2);
        Path again = Files.createTempDirectory(folder, "again");
        Inlay.tune(config, again);
        assertThat(Files.readAllBytes(again.resolve("task.safetensors"))).isEqualTo(Files.readAllBytes(task));
    }

    @Test
    void aBudgetThatNoClassTokenTakesIsSpentOnTheRest() throws IOException {
        Path out = Files.createTempDirectory(folder, "plan");
        Inlay.tune(config(backbone("swin", ""), "{type: spt, rank: 2, budget: 20, classToken: true}", 2), out);
        assertThat(Files.readString(out.resolve("plan.json"))).contains("\"classToken\": 0");
    }

    @Test
    void promptsThatAreTokensCannotCompeteWithoutAttention() {
        RunConfig config = config(backbone("convnext", ""), "{type: spt, rank: 2, budget: 900}", 2);
        assertThatThrownBy(() -> Inlay.tune(config, Files.createTempDirectory(folder, "prompts")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "method prompt needs places of the kind attention, and the backbone custom has none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"swin|[2, 4]|window +4", "convnext|[8, 12, 20, 28]|\\[1, 1, 2, 1\\]"})
    void weightsAreRecognised(String family, String sizes, String pattern) {
        Cli inspected = inlay("inspect", weights(family));
        assertThat(inspected.code()).isZero();
        assertThat(inspected.out()).contains("backbone ", sizes).containsPattern(pattern);
    }

    @ParameterizedTest
    @CsvSource({"swin_tiny_patch4_window7_224, 27519354, 12", "convnext_tiny, 27820128, 18"})
    void aPublishedNameIsEnough(String name, long parameters, int depth) {
        RunConfig config = config("{name: " + name + ", random: true}", "{type: linear}", 0);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = Backbones.load(config.backbone(), 0)) {
            assertThat(backbone.parameterCount()).isEqualTo(parameters);
            assertThat(backbone.depth()).isEqualTo(depth);
            Tensor features = backbone.features(torch.ones(1, 3, 224, 224), Pass.BARE);
            assertThat(Tensors.shapeOf(features)).containsExactly(1L, 768L);
            assertThat(features.isfinite().all().item_bool()).isTrue();
        }
    }
}
