package dev.inlay.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TinyBackbones;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.method.Adapter;
import dev.inlay.tuning.method.AdapterPlus;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.ClassToken;
import dev.inlay.tuning.method.Convpass;
import dev.inlay.tuning.method.Dora;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MlpHead;
import dev.inlay.tuning.method.Pad;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Ssf;
import dev.inlay.tuning.method.Sum;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tuning put into the weights of its backbone gives the same logits, for every method that can be. */
class MergingTest {
    private static final List<String> EVERYWHERE = List.of();
    private static final List<Integer> ALL = List.of();

    private record Case(String family, TuningSpec spec) {
        @Override
        public String toString() {
            return family + " " + spec;
        }
    }

    static Stream<Case> mergeable() {
        return BackboneFamily.all().keySet().stream()
                .flatMap(family -> Stream.concat(everywhere(), family.equals("convnext") ? convolving() : attending())
                        .map(spec -> new Case(family, spec)));
    }

    private static Stream<TuningSpec> everywhere() {
        return Stream.of(
                new HeadOnly(),
                new FullFineTuning(),
                new Partial(1),
                new Bias(),
                new MlpHead(1),
                new Lora(3, 5, 0.1, EVERYWHERE, ALL),
                new Dora(3, 5, 0.1, EVERYWHERE, ALL));
    }

    private static Stream<TuningSpec> convolving() {
        return Stream.of(
                new Ssf(Ssf.Init.RANDOM, EVERYWHERE, ALL),
                new Sum(List.of(
                        new Bias(),
                        new Lora(2, 2, 0, List.of("downsample.1"), ALL),
                        new Dora(2, 3, 0, List.of("downsample.1", "mlp.fc1"), List.of(-1)),
                        new Ssf(Ssf.Init.RANDOM, List.of("downsample.1", "norm"), ALL))));
    }

    private static Stream<TuningSpec> attending() {
        return Stream.of(
                new Ssf(Ssf.Init.RANDOM, List.of("attn.q", "norm1", "patch_embed", "mlp.fc2", "norm"), ALL),
                new Sum(List.of(
                        new Bias(),
                        new Lora(2, 2, 0, List.of("attn.v"), ALL),
                        new Dora(2, 3, 0, List.of("attn.v", "mlp.fc1"), List.of(-1)),
                        new Ssf(Ssf.Init.RANDOM, List.of("attn.v", "norm2"), ALL))));
    }

    @ParameterizedTest
    @MethodSource("mergeable")
    void givesTheSameLogits(Case merged) {
        try (Backbone backbone = backbone(merged.family())) {
            assertSame(backbone, merged.spec());
        }
    }

    @Test
    void aClassTokenAndAPlanGiveTheSameLogits() {
        try (Backbone vit = backbone("vit")) {
            assertSame(vit, new ClassToken(false));
            assertSame(vit, new Ssf(Ssf.Init.RANDOM, EVERYWHERE, ALL));
            assertSame(vit, new Planned(plan(ModuleKind.LORA), 0.1, 0.1, Planned.Origin.PAPER));
            assertSame(vit, new Planned(plan(ModuleKind.SSF), 0, 0, Planned.Origin.SEED));
        }
    }

    /** A module, a whole vector, individual weights of a matrix with a module, of a bias and of a norm, and the class token. */
    private static Plan plan(ModuleKind kind) {
        AllocationRule rule = new AllocationRule(kind, 2, 10, 5, true, AllocationMode.BOTH, 24);
        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        sparse.put("blocks.1.attn.k.weight", FlatIndices.of(0, 17, 24 * 24 - 1));
        sparse.put("blocks.0.norm2.weight", FlatIndices.of(3, 20));
        sparse.put("blocks.1.mlp.fc2.bias", FlatIndices.of(7));
        return new Plan(
                rule,
                List.of("blocks.1.attn.q.weight", "blocks.0.mlp.fc1.weight"),
                List.of("blocks.0.attn.v.bias"),
                List.of(),
                sparse,
                new PlanCost(0, 24, 6, 24),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("tiny", "none"));
    }

    private static Backbone backbone(String family) {
        return made(TinyBackbones.SPECS.get(family));
    }

    private static Backbone made(String json) {
        BackboneSpec spec = SpecJson.parse(json, "test");
        return BackboneFamily.of(spec).random("tiny", spec, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "query_value"})
    void aRotaryVitGivesTheSameLogits(String bias) {
        String json = TinyBackbones.SPECS
                .get("vit")
                .replace(
                        "}",
                        ", \"rope\": true, \"regTokens\": 2, \"qkvBias\": \"" + bias
                                + "\", \"mlp\": \"swiglu_split\"}");
        try (Backbone vit = made(json)) {
            everywhere().forEach(spec -> assertSame(vit, spec));
            Ssf ssf = new Ssf(Ssf.Init.RANDOM, List.of("attn.q", "mlp.fc1_g", "norm2"), ALL);
            if (bias.equals("none")) {
                assertThatThrownBy(() -> assertSame(vit, ssf))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("a shift behind a step that has no bias: blocks.0.attn.q");
            } else {
                assertSame(vit, ssf);
            }
        }
    }

    private static void assertSame(Backbone backbone, TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Tuning tuning = new Tuning(backbone, spec, 5, 7)) {
            disturb(tuning);
            Map<String, Tensor> merged = tuning.merged();
            Tensor weight = merged.remove(Tuning.HEAD_WEIGHT);
            Tensor bias = merged.remove(Tuning.HEAD_BIAS);
            BackboneSpec sizes = backbone.spec();
            try (Backbone plain = BackboneFamily.of(sizes).load("merged", sizes, merged, "merged")) {
                Tensor images = torch.randn(4, 3, backbone.height(), backbone.width());
                Tensor expected = tuning.head(tuning.features(images, Dropout.NONE, 0));
                Tensor found = torch.linear(plain.features(images, Pass.BARE), weight, bias);
                assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-4);
                Tensor bare = torch.linear(backbone.features(images, Pass.BARE), weight, bias);
                boolean headAlone = tuning.trainables().values().stream()
                        .allMatch(trainable -> trainable.role() == Trainable.Role.HEAD);
                assertThat(expected.sub(bare).abs().max().item_double() > 1e-3).isEqualTo(!headAlone);
            }
            merged.values().forEach(Tensors::release);
        }
    }

    /** Away from where a module changes nothing. */
    private static void disturb(Tuning tuning) {
        tuning.trainables().forEach((name, trainable) -> {
            Tensor tensor = trainable.tensor();
            float[] noise = Initial.normal(Key.of(17, name), tensor.numel(), 0, 0.1);
            tensor.add_(Tensors.of(noise, Tensors.shape(tensor)), new Scalar(1.0));
        });
        tuning.stepped();
    }

    @Test
    void refusesEverythingElseByName() {
        TuningSpec spec = new Sum(List.of(
                new Lora(2, 2, 0, List.of("attn.q"), ALL),
                new Adapter(Adapter.Placement.HOULSBY, 2, Activation.GELU, 1, 0, ALL),
                new AdapterPlus(2, 0, ALL),
                new Convpass(2, 1, 0, ALL),
                new Prompt(Prompt.Depth.DEEP, 2, 0, 0, false, ALL, Prompt.Pool.CLASS_TOKEN),
                new MlpHead(2)));
        try (PointerScope scope = new PointerScope();
                Backbone vit = backbone("vit");
                Tuning tuning = new Tuning(vit, spec, 5, 7)) {
            assertThatThrownBy(tuning::merged)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("method adapter, modules that no weights replace: blocks.")
                    .hasMessageContaining("method adapterPlus, modules that no weights replace")
                    .hasMessageContaining("method convpass, modules that no weights replace")
                    .hasMessageContaining("method prompt, other tokens than the image's: block 0 and 1 more")
                    .hasMessageContaining("method mlpHead, layers before the head's last")
                    .hasMessageNotContaining("lora");
        }
    }

    @Test
    void refusesAFrameOfPixels() {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = backbone("convnext");
                Tuning tuning = new Tuning(convnext, new Pad(2, Pad.Init.UNIFORM), 5, 7)) {
            assertThatThrownBy(tuning::merged)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("method pad, other images: the patch embedding");
        }
    }

    @Test
    void refusesAShiftWhereThereIsNoBias() {
        try (PointerScope scope = new PointerScope();
                Backbone swin = backbone("swin");
                Tuning tuning = new Tuning(swin, new Ssf(Ssf.Init.RANDOM, EVERYWHERE, ALL), 5, 7)) {
            assertThatThrownBy(tuning::merged)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("a shift behind a step that has no bias: layers.1.downsample.reduction");
        }
    }
}
