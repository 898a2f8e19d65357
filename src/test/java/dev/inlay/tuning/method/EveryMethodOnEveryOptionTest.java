package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TensorFingerprint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.loading.Batch;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.random.Key;
import dev.inlay.sensitivity.Scorer;
import dev.inlay.sensitivity.ScoringOptions;
import dev.inlay.sensitivity.ScoringOptions.Memory;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method that a config can state, and SPT, on ViTs with every option: no method knows of any of them. */
class EveryMethodOnEveryOptionTest {
    private static final int DIM = 24;

    private static final String SIZES =
            "\"height\":12,\"width\":16,\"patch\":4,\"dim\":24,\"depth\":3,\"heads\":3,\"hidden\":28,";

    /** What is averaged, then what is not; together every option. */
    private static final List<String> SPECS = List.of(
            "{" + SIZES + "\"globalPool\":\"avg\",\"fcNorm\":true,\"layerScale\":true,\"regTokens\":3,"
                    + "\"noEmbedClass\":true,\"mlp\":\"swiglu\",\"preNorm\":true}",
            "{" + SIZES + "\"distilled\":true,\"mlp\":\"quick_gelu\",\"layerScale\":true}",
            "{" + SIZES
                    + "\"rope\":true,\"regTokens\":2,\"layerScale\":true,\"qkvBias\":\"none\",\"globalPool\":\"avg\"}",
            "{" + SIZES + "\"rope\":true,\"regTokens\":2,\"layerScale\":true,\"qkvBias\":\"query_value\","
                    + "\"mlp\":\"swiglu_split\"}");

    private static final AllocationRule RULE =
            new AllocationRule(ModuleKind.LORA, 2, 10, 5, true, AllocationMode.BOTH, 18);

    private static final AllocationRule SINGLE_WEIGHTS =
            new AllocationRule(ModuleKind.LORA, 2, 10, 5, false, AllocationMode.UNSTRUCTURED_ONLY, 0);

    /** A method on a backbone. */
    private record Case(String method, String backbone) {}

    static Stream<Case> cases() {
        return ConfigurableMethod.all().stream().flatMap(method -> SPECS.stream()
                .filter(spec -> !method.name().equals("pad") || spec.contains("rope")) // others have one size
                .map(spec -> new Case(method.name(), spec)));
    }

    private static TuningSpec spec(String method) {
        String keys =
                switch (method) {
                    case "sum" -> ", of: [{type: lora}, {type: bias}]";
                    case "pad" -> ", pixels: 2";
                    default -> "";
                };
        RunConfig config = RunConfig.parse("method: {type: " + method + keys + "}", Path.of("/configs"), List.of());
        return ((MethodConfig.Stated) config.method()).spec();
    }

    /** Random weights, with a LayerScale that lets blocks matter. */
    private static Backbone backbone(String json) {
        BackboneSpec spec = SpecJson.parse(json, "test");
        BackboneFamily family = BackboneFamily.of(spec);
        try (PointerScope scope = new PointerScope();
                Backbone random = family.random("all options", spec, 4)) {
            Map<String, Tensor> weights = new LinkedHashMap<>();
            random.parameters()
                    .forEach((name, value) -> weights.put(
                            name,
                            name.contains(".gamma")
                                    ? Tensors.of(Initial.normal(Key.of(8, name), value.numel(), 1, 0.3), value.numel())
                                    : value));
            return family.load("all options", spec, weights, "test");
        }
    }

    private static Tensor images() {
        return Tensors.of(Initial.normal(Key.of(1, "images"), 4 * 3 * 12 * 16, 0, 1), 4, 3, 12, 16);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void itTrainsAndStartsAsItPromises(Case on) {
        TuningSpec spec = spec(on.method());
        check(on.backbone(), spec, MethodSamples.startsUnchanged(spec));
    }

    @ParameterizedTest
    @EnumSource(Prompt.Pool.class)
    void shallowPromptsStandBehindEveryTokenThatIsNoPatch(Prompt.Pool pool) {
        for (String json : SPECS) {
            check(json, new Prompt(Prompt.Depth.SHALLOW, 2, 0, 0, false, List.of(), pool), false);
        }
    }

    /** What the class token and its like, or the patches, compute stays where it is read, wherever prompts are. */
    @Test
    void promptsThatAreSilentChangeNothing() {
        for (String json : SPECS) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard();
                    Backbone backbone = backbone(json)) {
                int first = backbone.grid(0).leading();
                Tensor bare = backbone.readout(tokens(backbone), Pass.BARE);
                Tensor x = tokens(backbone);
                Tensor more = Tensors.cat(
                        List.of(x.narrow(1, 0, first), torch.ones(4, 5, DIM), x.narrow(1, first, x.size(1) - first)),
                        1);
                assertThat(Tensors.floats(backbone.readout(more, Pass.BARE))).containsExactly(Tensors.floats(bare));
            }
        }
    }

    private static Tensor tokens(Backbone backbone) {
        ForwardHooks everyToken = new ForwardHooks() {
            @Override
            public boolean readsOthers() {
                return true;
            }
        };
        return backbone.run(images(), 0, backbone.steps() - 1, Pass.evaluation(everyToken));
    }

    private static void check(String json, TuningSpec spec, boolean startsUnchanged) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = backbone(json);
                Tuning tuning = new Tuning(backbone, spec, 3, 5)) {
            String before = backbone.fingerprint();
            float[] bare = Tensors.floats(backbone.features(images(), Pass.BARE));
            float[] start = Tensors.floats(tuning.features(images(), Dropout.NONE, 0));
            if (startsUnchanged) {
                assertThat(start).containsExactly(bare);
            } else {
                assertThat(start).isNotEqualTo(bare);
            }
            loss(tuning).backward();
            step(tuning);
            loss(tuning).backward();
            tuning.trainables().values().stream().filter(Trainable::isLearned).forEach(trainable -> assertThat(
                            trainable.tensor().grad().abs().max().item_double())
                    .as(trainable.name())
                    .isFinite()
                    .isPositive());
            assertThat(TensorFingerprint.of(backbone.parameters())).isEqualTo(before);
        }
    }

    private static Tensor loss(Tuning tuning) {
        SampleDropout noise = new SampleDropout(Key.of(3, "noise"), new int[] {0, 1, 2, 3});
        Tensor logits = tuning.head(tuning.features(images(), noise, 0.1));
        return torch.cross_entropy_loss(logits, Tensors.of(new long[] {0, 2, 1, 1}, 4));
    }

    private static void step(Tuning tuning) {
        try (NoGradGuard guard = new NoGradGuard()) {
            tuning.trainables().values().stream().filter(Trainable::isLearned).forEach(trainable -> {
                trainable.tensor().add_(trainable.tensor().grad(), new Scalar(-0.2));
                trainable.tensor().mutable_grad().reset();
            });
        }
        tuning.stepped();
    }

    @ParameterizedTest
    @EnumSource(Memory.class)
    void everyOptionIsScoredAllocatedAndTunedByPlan(Memory memory) {
        for (String json : SPECS) {
            Map<TunableParameter, float[]> scores = scores(json, memory);
            scores(json, Memory.PLAIN)
                    .forEach((tunable, expected) -> assertClose(tunable.name(), scores.get(tunable), expected));
            List<TunableParameter> tunables = new ArrayList<>(scores.keySet());
            List<Candidate> candidates = Candidate.among(tunables);
            Allocator allocator =
                    new Allocator(candidates, scores.values().toArray(float[][]::new), new PlanSource("b", "s"));
            Plan everything = allocator.planForTau(RULE, allocator.size());
            List<String> scales = tunables.stream()
                    .map(TunableParameter::name)
                    .filter(name -> name.contains(".gamma"))
                    .toList();
            assertThat(scales).hasSize(3 * 2);
            assertThat(everything.matrices()).hasSize((int) tunables.stream()
                    .filter(tunable -> tunable.kind() == TunableParameter.Kind.MATRIX)
                    .count());
            assertThat(everything.vectors()).containsAll(scales);
            check(json, new Planned(everything, 0, 0, Planned.Origin.PAPER), true);
            Plan single = allocator.planForTau(SINGLE_WEIGHTS, allocator.size() / 2);
            assertThat(single.sparse()).containsKeys(scales.get(0), "blocks.2.mlp.fc2.weight");
            check(json, new Planned(single, 0, 0, Planned.Origin.PAPER), true);
        }
    }

    private static Map<TunableParameter, float[]> scores(String json, Memory memory) {
        float[] head = Initial.normal(Key.of(2, "head"), 3 * DIM, 0, 1);
        try (PointerScope scope = new PointerScope();
                Backbone backbone = backbone(json);
                Scorer scorer = new Scorer(
                        backbone,
                        new Classifier(head, new float[3]),
                        new ScoringOptions(memory, 2, false, 0),
                        tunable -> Scorer.CANDIDATES.contains(tunable.kind()),
                        0)) {
            Tensor labels = Tensors.of(new long[] {0, 2, 1, 1}, 4);
            scorer.add(new Batch(new int[] {0, 1, 2, 3}, images(), labels));
            Map<TunableParameter, float[]> scores = scorer.scores();
            scores.forEach((tunable, values) -> {
                double sum = 0;
                for (float value : values) {
                    sum += value;
                }
                assertThat(sum).as(tunable.name()).isPositive();
            });
            return scores;
        }
    }

    private static void assertClose(String what, float[] actual, float[] expected) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, value);
        }
        for (int i = 0; i < expected.length; i++) {
            // a key's bias changes nothing but by rounding
            assertThat((double) actual[i]).as(what).isCloseTo(expected[i], within(1e-4 * largest + 1e-12));
        }
    }
}
