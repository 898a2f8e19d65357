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
import org.junit.jupiter.params.provider.ValueSource;

/** Configs that name a ConvNeXt: from the config to a task that predicts. */
class ConvNeXtRunTest {
    private static final Path WEIGHTS =
            Golden.path("convnext/weights.safetensors").toAbsolutePath();

    @TempDir
    private static Path folder;

    private static Path spec;
    private static Path images;

    @BeforeAll
    static void writeSizesAndSquares() throws IOException {
        // the weights fit images of any size, and those of the built-in task are squares
        String sizes = Golden.convnextSpec().toJson().replace("\"width\":40", "\"width\":32");
        spec = Files.writeString(folder.resolve("spec.json"), sizes);
        images = folder.resolve("images.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> io = Golden.tensors("convnext/io.safetensors");
            Tensor squares = io.get("images").narrow(3, 0, 32).contiguous();
            SafeTensorsWriter.write(
                    images,
                    List.of(
                            StoredTensors.entry("images", squares),
                            TensorEntry.longs("labels", Tensors.longs(io.get("labels")), 2)),
                    Map.of());
        }
    }

    private static RunConfig config(String backbone, String method, int prompts) {
        String yaml =
                """
                name: convnext
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
    @ValueSource(
            strings = {
                "{type: spt, rank: 2, budget: 900, exceptions: {mlp.fc1: ssf}, dropout: 0.1}",
                "{type: spt, rank: 2, budget: 900, mode: unstructured}",
                "{type: pad, pixels: 3}",
                "{type: sum, of: [{type: bias}, {type: pad, pixels: 2, init: gaussian}]}",
                "{type: dora, rank: 2, operations: []}"
            })
    void aRunLeavesATaskThatPredicts(String method) throws IOException {
        Path out = Files.createTempDirectory(folder, "run");
        String backbone = "{name: custom, file: %s, spec: %s, dropPath: 0.1}".formatted(WEIGHTS, spec);
        Inlay.tune(config(backbone, method, 0), out);
        Path task = out.resolve("task.safetensors");
        assertThat(inlay("inspect", task).out()).contains("backbone.dims", "[8, 12, 20, 28]");
        Cli first = inlay("predict", "--task", task, "--backbone", WEIGHTS, "--logits", images);
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.out().lines().distinct()).hasSize(2);
        Path again = Files.createTempDirectory(folder, "again");
        Inlay.tune(config(backbone, method, 0), again);
        assertThat(Files.readAllBytes(again.resolve("task.safetensors"))).isEqualTo(Files.readAllBytes(task));
    }

    @Test
    void promptsThatAreTokensCannotCompete() {
        String backbone = "{name: custom, file: %s, spec: %s}".formatted(WEIGHTS, spec);
        RunConfig config = config(backbone, "{type: spt, rank: 2, budget: 900}", 2);
        assertThatThrownBy(() -> Inlay.tune(config, Files.createTempDirectory(folder, "prompts")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(
                        "method prompt needs places of the kind attention, and the backbone custom has none");
    }

    @Test
    void weightsAreRecognised() {
        Cli inspected = inlay("inspect", WEIGHTS);
        assertThat(inspected.code()).isZero();
        assertThat(inspected.out()).contains("backbone ", "[8, 12, 20, 28]", "[1, 1, 2, 1]");
    }

    @Test
    void aPublishedNameIsEnough() {
        RunConfig config = config("{name: convnext_tiny, random: true}", "{type: linear}", 0);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Backbones.load(config.backbone(), 0)) {
            assertThat(convnext.parameterCount()).isEqualTo(27_820_128);
            assertThat(convnext.depth()).isEqualTo(18);
            Tensor features = convnext.features(torch.ones(1, 3, 224, 224), Pass.BARE);
            assertThat(Tensors.shapeOf(features)).containsExactly(1L, 768L);
            assertThat(features.isfinite().all().item_bool()).isTrue();
        }
    }
}
