package dev.inlay.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.golden.GoldenNetwork;
import dev.inlay.onnx.OnnxFile;
import dev.inlay.onnx.OnnxGraph;
import dev.inlay.onnx.OnnxRuntime;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a backbone of every family holds to, its numbers against an independent reference. */
class FamilyContractTest {
    @TempDir
    private Path folder;

    static Stream<GoldenNetwork> networks() {
        return GoldenNetwork.all();
    }

    /** Those whose reference has what leaves each stage. */
    static Stream<GoldenNetwork> staged() {
        return networks().filter(network -> Set.of("swin", "convnext")
                .contains(network.spec().family()));
    }

    @Test
    void everyFamilyHasANetwork() {
        assertThat(networks().map(network -> network.spec().family()))
                .containsAll(BackboneFamily.all().keySet());
    }

    @ParameterizedTest
    @MethodSource("networks")
    void featuresLogitsAndEveryGradientMatch(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                Backbone backbone = network.load()) {
            Map<String, Tensor> io = network.io();
            Map<String, Tensor> leaves = new LinkedHashMap<>();
            network.weights()
                    .forEach((name, value) -> leaves.put(name, value.detach().requires_grad_(true)));
            ForwardHooks all = new ForwardHooks() {
                @Override
                public Tensor parameter(String name, Tensor base) {
                    return leaves.get(name);
                }
            };
            JsonNode forward = network.tolerance().get("forward");
            Tensor expectedFeatures = io.containsKey("features")
                    ? io.get("features")
                    : io.get("norm").select(1, 0);
            Golden.assertClose(
                    "bare features", backbone.features(io.get("images"), Pass.BARE), expectedFeatures, forward);
            Tensor features = backbone.features(io.get("images"), Pass.evaluation(all));
            Tensor logits = torch.linear(
                    features, leaves.get(network.head() + ".weight"), leaves.get(network.head() + ".bias"));
            Golden.assertClose("logits", logits, io.get("logits"), forward);
            Tensor loss = torch.cross_entropy_loss(logits, io.get("labels"));
            assertThat(loss.item_double()).isCloseTo(network.loss(), within(1e-5));
            loss.backward();
            Map<String, Tensor> expected = network.gradients();
            assertThat(leaves.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
            expected.forEach((name, gradient) -> Golden.assertClose(
                    name, leaves.get(name).grad(), gradient, network.tolerance().get("gradient")));
        }
    }

    /** A place of the map is what the network reads out where its patch is the only token that is pooled. */
    @ParameterizedTest
    @MethodSource("networks")
    void mapsHaveTheNormedPatchOfEveryPlace(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = network.load()) {
            TokenGrid grid = backbone.grid(backbone.depth() - 1);
            long[] place = {0};
            Pass pass = Pass.evaluation(new ForwardHooks() {
                @Override
                public boolean readsOthers() {
                    return true;
                }

                @Override
                public Tensor pooled(Tensor x, Tensor own) {
                    return x.narrow(1, grid.leading() + place[0], 1);
                }
            });
            Tensor images = network.io().get("images");
            Tensor left = backbone.run(images, 0, backbone.steps() - 1, pass);
            Tensor map = backbone.map(left, pass);
            assertThat(Tensors.shapeOf(map))
                    .containsExactly(
                            images.size(0), (long) backbone.embedDim(), (long) grid.height(), (long) grid.width());
            for (int row = 0; row < grid.height(); row++) {
                for (int column = 0; column < grid.width(); column++) {
                    Golden.assertClose(
                            "row " + row + ", column " + column,
                            map.select(3, column).select(2, row),
                            backbone.readout(left, pass),
                            network.tolerance().get("forward"));
                    place[0]++;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    @DisabledOnOs(value = OS.MAC, architectures = "x86_64") // ONNX Runtime has no natives there
    void theGraphOfOnnxGivesTheSameLogits(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope()) {
            OnnxGraph graph = new OnnxGraph(network.weights());
            OnnxGraph.Value images = graph.input(
                    "images", 3, network.spec().height(), network.spec().width());
            OnnxGraph.Value features = network.family().features(network.spec(), graph, images);
            Tensor expected = network.io().get("logits");
            graph.output("logits", graph.linear(features, network.head()), expected.size(1));
            Path file = folder.resolve("model.onnx");
            OnnxFile.write(file, graph, Map.of());
            Tensor found = OnnxRuntime.logits(file, network.io().get("images"));
            Golden.assertClose("logits", found, expected, network.tolerance().get("forward"));
        }
    }

    /** Features and gradients of frozen bf16 matrices are the float32 ones up to rounding; what flows between blocks is float32. */
    @ParameterizedTest
    @MethodSource("networks")
    void bf16IsFloat32UpToRounding(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.load();
                Backbone rounded = backbone.in(Precision.BF16)) {
            Tensor images = network.io().get("images");
            Tensor exact = backbone.features(images, Pass.BARE);
            Tensor found = rounded.features(images, Pass.BARE);
            assertThat(rounded.precision()).isEqualTo(Precision.BF16);
            assertThat(rounded.fingerprint()).isEqualTo(backbone.fingerprint());
            assertThat(Precision.FLOAT32.is(found)).isTrue();
            assertThat(error(found, exact)).isBetween(1e-5, 0.03);
            Pass asked = new Pass(ForwardHooks.NONE, Dropout.NONE, 0, Precision.BF16);
            assertThat(Tensors.floats(backbone.features(images, asked))).containsExactly(Tensors.floats(found));
            asked = new Pass(ForwardHooks.NONE, Dropout.NONE, 0, Precision.FLOAT32);
            assertThat(Tensors.floats(rounded.features(images, asked))).containsExactly(Tensors.floats(exact));
            Tensor tokens = backbone.embed(images, Pass.BARE);
            for (int block = 0; block < backbone.depth(); block++) {
                tokens = rounded.block(block, tokens, Pass.BARE);
                assertThat(Precision.FLOAT32.is(tokens)).as("block " + block).isTrue();
            }
            assertThat(error(gradient(rounded, images), gradient(backbone, images)))
                    .isLessThan(0.05);
        }
    }

    /** Of the features' sum of squares in the tokens that enter the first block. */
    private static Tensor gradient(Backbone backbone, Tensor images) {
        try (AutogradFunction own = new AutogradFunction()) {
            Tensor tokens = backbone.embed(images, Pass.BARE).detach().requires_grad_(true);
            Tensor features = backbone.run(tokens, 1, backbone.steps(), Pass.BARE);
            features.mul(features).sum().backward();
            return tokens.grad();
        }
    }

    /** Relative, of the whole tensor. */
    private static double error(Tensor found, Tensor exact) {
        return found.sub(exact).norm().item_double() / exact.norm().item_double();
    }

    @ParameterizedTest
    @MethodSource("staged")
    void tokensMatchStageByStage(GoldenNetwork network) {
        JsonNode near = network.tolerance().get("forward");
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.load()) {
            Map<String, Tensor> io = network.io();
            Tensor x = backbone.embed(io.get("images"), Pass.BARE);
            Golden.assertClose("embed", x, io.get("embed"), near);
            int block = 0;
            int stage = 0;
            for (JsonNode depth : SpecJson.write(network.spec()).get("depths")) {
                for (int i = 0; i < depth.asInt(); i++) {
                    x = backbone.block(block, x, Pass.BARE);
                    assertThat(x.size(2)).isEqualTo(backbone.embedDim(block));
                    assertThat(x.size(1)).isEqualTo(backbone.grid(block).tokens());
                    block++;
                }
                Golden.assertClose("stage " + stage, x, io.get("stages." + stage), near);
                stage++;
            }
            Golden.assertClose("features", backbone.readout(x, Pass.BARE), io.get("features"), near);
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void sitesCoverEveryParameterInTimmsOrder(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.load()) {
            List<String> order = network.order().stream()
                    .filter(name -> !name.startsWith(network.head() + "."))
                    .toList();
            assertThat(backbone.parameters().keySet()).containsExactlyElementsOf(order);
            assertThat(backbone.tunableParameters().stream()
                            .map(TunableParameter::parameter)
                            .distinct())
                    .containsExactlyElementsOf(order);
            assertThat(backbone.tunableParameters().stream()
                            .mapToLong(TunableParameter::size)
                            .sum())
                    .isEqualTo(backbone.parameterCount());
            assertThat(Tensors.shapesOf(backbone.parameters()))
                    .isEqualTo(network.family().shapes(network.spec()));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aSiteBelongsToTheStepThatUsesIt(GoldenNetwork network) {
        Set<String> lastNorms = Set.of("norm", "fc_norm", "head.norm");
        try (Backbone backbone = network.load()) {
            for (TunableParameter tunable : backbone.tunableParameters()) {
                int step = lastNorms.contains(tunable.operation()) && tunable.block() < 0
                        ? backbone.steps() - 1
                        : Math.max(0, tunable.block() + 1);
                assertThat(backbone.step(tunable)).as(tunable.name()).isEqualTo(step);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void placesComeInTheOrderOfThePassWithTheirWidths(GoldenNetwork network) {
        Map<String, List<Long>> widths = new LinkedHashMap<>();
        ForwardHooks watching = new ForwardHooks() {
            @Override
            public Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
                widths.put(place, List.of(x.size(-1), y.size(-1)));
                return y;
            }
        };
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = network.load()) {
            backbone.features(network.io().get("images"), Pass.evaluation(watching));
            assertThat(widths.keySet())
                    .containsExactlyElementsOf(
                            backbone.hookPoints().stream().map(HookPoint::name).toList());
            backbone.hookPoints().stream()
                    .filter(hookPoint -> hookPoint.kind() != HookPoint.Kind.PATCHES)
                    .forEach(hookPoint -> assertThat(widths.get(hookPoint.name()))
                            .as(hookPoint.name())
                            .containsExactly((long) hookPoint.in(), (long) hookPoint.out()));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void theEmbeddingHasTheTokensOfTheFirstGrid(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.load()) {
            assertThat(backbone.embed(network.io().get("images"), Pass.BARE).size(1))
                    .isEqualTo(backbone.grid(0).tokens());
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aRowDependsOnNoOtherRow(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone backbone = network.load()) {
            Tensor images = network.io().get("images");
            Tensor together = backbone.features(images, Pass.BARE);
            for (int i = 0; i < images.size(0); i++) {
                Tensor alone = backbone.features(images.narrow(0, i, 1), Pass.BARE);
                Golden.assertClose(
                        "row " + i,
                        together.narrow(0, i, 1),
                        alone,
                        network.tolerance().get("forward"));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void aHeadMayBeMissing(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = network.weights();
            tensors.keySet().removeIf(name -> name.startsWith(network.head() + "."));
            try (Backbone backbone = network.load(tensors);
                    Backbone withHead = network.load()) {
                assertThat(backbone.checkpointHead()).isEmpty();
                assertThat(backbone.fingerprint()).isEqualTo(withHead.fingerprint());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void whatDiffersIsListed(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = network.weights();
            List<String> names =
                    List.copyOf(network.family().shapes(network.spec()).keySet());
            String reshaped = names.get(names.size() - 1);
            String missing = names.get(names.size() / 2);
            tensors.put("stranger", torch.zeros(1, 60, 8));
            List<Long> shape = Tensors.shapeOf(tensors.put(reshaped, torch.zeros(3)));
            List<Long> missingShape = Tensors.shapeOf(tensors.remove(missing));
            tensors.remove(network.head() + ".bias");
            assertThatThrownBy(() -> network.load(tensors))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("(4 tensors differ)")
                    .hasMessageContaining("unexpected stranger [1, 60, 8]")
                    .hasMessageContaining(reshaped + ": expected " + shape + ", found [3]")
                    .hasMessageContaining("missing " + missing + " " + missingShape)
                    .hasMessageContaining("%1$s.weight and %1$s.bias come together, one is missing", network.head());
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void numbersThatAreNotFiniteAreRefused(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = network.weights();
            String damaged =
                    network.family().shapes(network.spec()).keySet().iterator().next();
            tensors.put(damaged, tensors.get(damaged).div(Tensors.of(new float[] {0}, 1)));
            assertThatThrownBy(() -> network.load(tensors))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining(damaged)
                    .hasMessageContaining("damaged");
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void randomWeightsAreOfTheSeed(GoldenNetwork network) {
        try (Backbone first = network.family().random("a", network.spec(), 1);
                Backbone again = network.family().random("b", network.spec(), 1);
                Backbone other = network.family().random("c", network.spec(), 2)) {
            assertThat(again.fingerprint()).isEqualTo(first.fingerprint()).isNotEqualTo(other.fingerprint());
            assertThat(first.checkpointHead()).isEmpty();
        }
    }

    /** With the statistics that {@link RandomWeights} states, as far as so many numbers show them. */
    @ParameterizedTest
    @MethodSource("networks")
    void randomWeightsAreDrawnByTheKindOfTheirSite(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.family().random("a", network.spec(), 1)) {
            for (TunableParameter tunable : backbone.tunableParameters()) {
                Tensor values =
                        backbone.parameters().get(tunable.parameter()).narrow(0, tunable.firstRow(), tunable.rows());
                double bound = Math.sqrt(6.0 / (tunable.rows() + tunable.rowSize()));
                switch (tunable.kind()) {
                    case MATRIX -> {
                        assertThat(values.abs().max().item_double()).isLessThanOrEqualTo(bound);
                        assertDeviation(tunable, values, bound / Math.sqrt(3));
                    }
                    case CLASS_TOKEN, TOKENS, POSITION_TABLE, POSITION_BIAS -> assertDeviation(tunable, values, 0.02);
                    case PATCH_FILTERS, DEPTHWISE_FILTERS ->
                        assertDeviation(
                                tunable, values, tunable.isBias() ? 0 : 1 / Math.sqrt((double) tunable.rowSize()));
                    case VECTOR -> {
                        float value = tunable.isBias() ? 0 : tunable.name().contains(".gamma") ? 1e-5f : 1;
                        assertThat(Tensors.floats(values)).as(tunable.name()).containsOnly(value);
                    }
                }
            }
        }
    }

    /** Four times what a deviation from 0 of so many normal numbers varies by. */
    private static void assertDeviation(TunableParameter tunable, Tensor values, double expected) {
        assertThat(values.square().mean().sqrt().item_double())
                .as(tunable.name())
                .isCloseTo(expected, within(4 * expected / Math.sqrt(2.0 * tunable.size()) + 1e-9));
    }
}
