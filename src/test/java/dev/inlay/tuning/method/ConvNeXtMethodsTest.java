package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Fingerprint;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleNoise;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.random.Key;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method of tuning on ConvNeXts, with every part of it that draws random numbers. */
public class ConvNeXtMethodsTest {
    @TempDir
    private Path folder;

    private final Map<String, Tensor> io = Golden.tensors("convnext/io.safetensors");

    static Stream<TuningSpec> unchangedAtFirst() {
        return Stream.of(
                new Linear(),
                new Bias(),
                new Full(),
                new Partial(2),
                new Lora(2, 4, 0.1, List.of(), List.of()),
                new Lora(2, 4, 0, List.of("mlp.fc2", "downsample.1"), List.of(0, -1)),
                new Dora(2, 4, 0.1, List.of(), List.of()),
                new Adapter(Adapter.Placement.PFEIFFER, 3, Activation.GELU, 1, 0.1, List.of()),
                new Adapter(Adapter.Placement.PARALLEL, 3, Activation.RELU, 0.5, 0.1, List.of(0, -1)),
                new Ssf(Ssf.Init.IDENTITY, List.of(), List.of()));
    }

    public static Stream<TuningSpec> specs() {
        return Stream.concat(
                unchangedAtFirst(),
                Stream.of(
                        new AdapterPlus(3, 0.1, List.of()),
                        new MlpHead(2),
                        new Pad(3, Pad.Init.UNIFORM),
                        new Sum(List.of(new Pad(2, Pad.Init.GAUSSIAN), new Bias()))));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(prompt(Depth.SHALLOW), "method prompt needs places of the kind attention"),
                Arguments.of(prompt(Depth.DEEP), "method prompt needs places of the kind attention"),
                Arguments.of(new Convpass(3, 1, 0, List.of()), "method convpass needs places of the kind attention"),
                Arguments.of(
                        new Adapter(Adapter.Placement.HOULSBY, 3, Activation.GELU, 1, 0, List.of()),
                        "method adapter needs places of the kind attention"),
                Arguments.of(
                        new ClassToken(false),
                        "method classToken needs a class token, and the backbone golden convnext has none"),
                Arguments.of(
                        new Lora(8, 8, 0, List.of("attn.q", "attn.v"), List.of()),
                        "method.operations: golden convnext has no attn.q; it has downsample.1, mlp.fc1, mlp.fc2"));
    }

    private static Prompt prompt(Depth depth) {
        return new Prompt(depth, 3, 0, 0, false, List.of(), Pool.CLASS_TOKEN);
    }

    @Test
    void noMethodIsMissing() {
        assertThat(Stream.concat(
                        specs().map(TuningSpec::method),
                        refused().map(arguments -> ((TuningSpec) arguments.get()[0]).method())))
                .containsAll(ConfigurableMethod.all().stream()
                        .map(TuningMethod::name)
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aMethodWithoutASiteIsRefusedByName(TuningSpec spec, String message) {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext()) {
            assertThatThrownBy(() -> SmallTuning.of(convnext, spec))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(message);
        }
    }

    @ParameterizedTest
    @MethodSource("unchangedAtFirst")
    void nothingChangesBeforeTheFirstStepWhereThatIsPromised(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning tuning = SmallTuning.of(convnext, spec)) {
            assertThat(Tensors.floats(tuning.features(io.get("images"), Noise.NONE, 0)))
                    .containsExactly(Tensors.floats(convnext.features(io.get("images"), Pass.BARE)));
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void afterOneStepTheGradientReachesEveryTrainableAndTheBackboneIsUntouched(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext();
                Tuning tuning = SmallTuning.of(convnext, spec)) {
            String before = convnext.fingerprint();
            loss(tuning).backward();
            try (NoGradGuard guard = new NoGradGuard()) {
                tuning.trainables().values().stream()
                        .filter(Trainable::isLearned)
                        .map(Trainable::tensor)
                        .forEach(tensor -> {
                            tensor.add_(tensor.grad(), new Scalar(-0.1));
                            tensor.mutable_grad().reset();
                        });
            }
            tuning.stepped();
            loss(tuning).backward();
            tuning.trainables().values().stream().filter(Trainable::isLearned).forEach(trainable -> assertThat(
                            trainable.tensor().grad().abs().max().item_double())
                    .as(trainable.name())
                    .isPositive());
            assertThat(Fingerprint.of(convnext.parameters())).isEqualTo(before);
        }
    }

    private Tensor loss(Tuning tuning) {
        SampleNoise noise = new SampleNoise(Key.of(3, "noise"), new int[] {0, 1});
        return torch.cross_entropy_loss(tuning.head(tuning.features(io.get("images"), noise, 0.1)), io.get("labels"));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void aTaskReadFromItsFileGivesTheSameLogits(TuningSpec spec) {
        Path file = folder.resolve("task.safetensors");
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning tuning = SmallTuning.of(convnext, spec)) {
            SmallTuning.disturb(tuning);
            TaskFile.write(file, info(spec, convnext), tuning);
            try (Task task = TaskFile.read(file);
                    Tuning again = task.attach(convnext)) {
                assertThat(task.info()).isEqualTo(info(spec, convnext));
                assertThat(logits(again)).containsExactly(logits(tuning));
            }
        }
    }

    private static TaskInfo info(TuningSpec spec, Backbone backbone) {
        return new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                List.of("a", "b", "c", "d", "e", "f", "g"),
                Optional.empty(),
                new TreeMap<>(),
                new TreeMap<>());
    }

    private float[] logits(Tuning tuning) {
        return Tensors.floats(tuning.head(tuning.features(io.get("images"), Noise.NONE, 0)));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void aRowDependsOnNoOtherRow(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning tuning = SmallTuning.of(convnext, spec)) {
            SmallTuning.disturb(tuning);
            Tensor images = io.get("images");
            Tensor together = tuning.features(images, Noise.NONE, 0);
            for (int i = 0; i < images.size(0); i++) {
                Tensor alone = tuning.features(images.narrow(0, i, 1), Noise.NONE, 0);
                SmallTuning.assertClose(together.narrow(0, i, 1), alone, 1e-5);
            }
        }
    }

    /** A product over 2 × 2 tokens is a matrix like any other: what a module adds to it is a matrix added to its filters. */
    @Test
    void loraBetweenStagesIsAChangeOfTheFilters() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone convnext = Golden.convnext();
                Tuning lora = SmallTuning.of(convnext, new Lora(2, 3, 0, List.of("downsample.1"), List.of(1)));
                Tuning full = SmallTuning.of(convnext, new Full())) {
            SmallTuning.disturb(lora);
            Tensor a = lora.trainables().get("lora.stages.1.downsample.1.A").tensor();
            Tensor b = lora.trainables().get("lora.stages.1.downsample.1.B").tensor();
            Tensor filters =
                    full.trainables().get("full.stages.1.downsample.1.weight").tensor();
            filters.add_(b.matmul(a).view_as(filters), new Scalar(1.5));
            SmallTuning.assertClose(
                    lora.features(io.get("images"), Noise.NONE, 0),
                    full.features(io.get("images"), Noise.NONE, 0),
                    1e-5);
        }
    }
}
