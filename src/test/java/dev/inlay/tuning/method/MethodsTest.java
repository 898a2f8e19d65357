package dev.inlay.tuning.method;

import static dev.inlay.tuning.Activation.GELU;
import static dev.inlay.tuning.Activation.RELU;
import static dev.inlay.tuning.method.Adapter.Placement.HOULSBY;
import static dev.inlay.tuning.method.Adapter.Placement.PARALLEL;
import static dev.inlay.tuning.method.Adapter.Placement.PFEIFFER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Fingerprint;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleNoise;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Ssf.Init;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method of tuning holds to: its count of parameters, its start, its gradients, its form in a task file. */
class MethodsTest {
    /** A spec, what it trains on ViT-B/16 besides a linear head, and whether it leaves the backbone as it is at first. */
    private record Case(TuningSpec spec, long parametersOnVitB16, boolean startsUnchanged) {
        @Override
        public String toString() {
            return spec.toString();
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(new Adapter(HOULSBY, 8, GELU, 1, 0, List.of()), 24 * 13_064, true),
                new Case(new Adapter(PFEIFFER, 96, GELU, 1, 0, List.of()), 1_779_840, true),
                new Case(new Adapter(PARALLEL, 8, RELU, 0.1, 0.2, List.of(-1, 0)), 2 * 13_064, true),
                new Case(new MlpHead(3), 1_184_256, false),
                new Case(new MlpHead(1), 0, true),
                new Case(new Ssf(Init.IDENTITY, List.of(), List.of()), 205_824, true),
                new Case(new Ssf(Init.RANDOM, List.of("mlp.fc1"), List.of(-2)), 2 * 3072, false),
                new Case(new Dora(8, 8, 0.1, List.of("attn.q", "attn.v"), List.of()), 24 * (8 * 1536 + 768), true),
                new Case(new Dora(4, 6, 0, List.of(), List.of(1)), 4 * (4 * 1536 + 768) + 4 * 2 * 3840 + 3840, true),
                new Case(new AdapterPlus(8, 0.1, List.of()), 165_984, false),
                new Case(new Convpass(8, 1, 0.1, List.of()), 327_552, true),
                new Case(new Partial(1), 7_089_408, true),
                new Case(new Partial(2), 7_089_408 + 7_087_872, true),
                new Case(new ClassToken(false), 768, true),
                new Case(new ClassToken(true), 768, false));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void trainsAsManyParametersOnVitB16AsTheFormulaSays(Case method) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = SmallTuning.vitB16();
                Tuning tuning = SmallTuning.of(vit, method.spec())) {
            long head = SmallTuning.CLASSES * (768 + 1);
            long learned = tuning.trainables().values().stream()
                    .filter(Trainable::isLearned)
                    .mapToLong(trainable -> trainable.tensor().numel())
                    .sum();
            assertThat(learned - head).isEqualTo(method.parametersOnVitB16());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void nothingChangesBeforeTheFirstStepWhereThatIsPromised(Case method) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, method.spec())) {
            Tensor images = SmallTuning.images();
            float[] tuned = Tensors.floats(tuning.features(images, Noise.NONE, 0));
            float[] bare = Tensors.floats(vit.features(images, Pass.BARE));
            if (method.startsUnchanged()) {
                assertThat(tuned).containsExactly(bare);
            } else {
                assertThat(tuned).isNotEqualTo(bare);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void afterOneStepTheGradientReachesEveryTrainableAndTheBackboneIsUntouched(Case method) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, method.spec())) {
            String before = vit.fingerprint();
            step(tuning);
            loss(tuning).backward();
            tuning.trainables().values().stream().filter(Trainable::isLearned).forEach(trainable -> assertThat(
                            trainable.tensor().grad().abs().max().item_double())
                    .as(trainable.name())
                    .isPositive());
            assertThat(Fingerprint.of(vit.parameters())).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatATaskFileKeepsGivesTheSameFeatures(Case method) {
        TuningMethod known = TuningMethod.named(method.spec().method());
        TuningSpec restored = known.restore(known.store(method.spec()), "file");
        assertThat(restored).isEqualTo(method.spec());
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning first = SmallTuning.of(vit, method.spec());
                Tuning second = new Tuning(vit, restored, SmallTuning.CLASSES, 99)) {
            SmallTuning.disturb(first);
            Map<String, Tensor> values = new LinkedHashMap<>();
            first.trainables().forEach((name, trainable) -> values.put(name, trainable.tensor()));
            second.load(values, "file");
            Tensor images = SmallTuning.images();
            assertThat(Tensors.floats(second.features(images, Noise.NONE, 0)))
                    .containsExactly(Tensors.floats(first.features(images, Noise.NONE, 0)));
        }
    }

    @Test
    void everyMethodThatAConfigStatesIsAmongTheCases() {
        // these have tests of their own: methods without parameters of their own, prompts, and what no ViT takes
        List<String> elsewhere = List.of("bias", "full", "linear", "lora", "pad", "prompt", "sum");
        assertThat(ConfigurableMethod.all().stream().map(TuningMethod::name).filter(name -> !elsewhere.contains(name)))
                .isSubsetOf(cases().map(method -> method.spec().method()).toList());
    }

    /** One step of plain gradient descent, large enough to matter. */
    private static void step(Tuning tuning) {
        loss(tuning).backward();
        try (NoGradGuard guard = new NoGradGuard()) {
            for (Trainable trainable : tuning.trainables().values()) {
                if (trainable.isLearned()) {
                    Tensor tensor = trainable.tensor();
                    tensor.add_(tensor.grad(), new Scalar(-0.5));
                    tensor.mutable_grad().reset();
                }
            }
        }
        tuning.stepped();
    }

    private static Tensor loss(Tuning tuning) {
        Map<String, Tensor> io = Golden.tensors("spt_forward/io.safetensors");
        SampleNoise noise = new SampleNoise(Key.of(3, "noise"), new int[] {0, 1, 2, 3, 4});
        return torch.cross_entropy_loss(tuning.head(tuning.features(io.get("images"), noise, 0)), io.get("labels"));
    }
}
