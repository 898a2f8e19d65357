package dev.inlay.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.Golden;
import dev.inlay.tuning.Trainable.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerTest {
    private static final JsonNode META = Golden.json("optim/meta.json");

    private PointerScope scope;

    @BeforeEach
    void open() {
        Tensors.of(new float[1], 1).close();
        scope = new PointerScope();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "adamw_scheduled", "sgd_nesterov", "sgd_momentum", "vpt_adamw"})
    void matchesTheGoldenSteps(String run) {
        JsonNode settings = META.get("runs").get(run);
        Quadratic problem = new Quadratic();
        List<ParameterGroup> groups = problem.groups(settings);
        try (Optimizer optimizer = spec(run, settings).over(groups)) {
            assertSteps(run, settings, problem, optimizer);
        }
    }

    @Test
    void plainAdamWMatchesTheGoldenSteps() {
        JsonNode settings = META.get("runs").get("adamw");
        Quadratic problem = new Quadratic();
        try (Optimizer optimizer = new AdamW(problem.groups(settings), AdamWSpec.DEFAULT, false)) {
            assertSteps("adamw", settings, problem, optimizer);
        }
    }

    private static OptimizerSpec spec(String run, JsonNode settings) {
        if (settings.has("momentum")) {
            return new SgdSpec(
                    settings.get("momentum").asDouble(),
                    settings.get("nesterov").asBoolean());
        }
        return new AdamWSpec(
                settings.get("betas").get(0).asDouble(),
                settings.get("betas").get(1).asDouble(),
                settings.get("eps").asDouble(),
                run.equals("vpt_adamw") ? AdamWSpec.Form.VPT : AdamWSpec.Form.STANDARD);
    }

    private static void assertSteps(String run, JsonNode settings, Quadratic problem, Optimizer optimizer) {
        Golden expected = Golden.tensors("optim/steps.safetensors");
        JsonNode rates = settings.get("rates");
        for (int step = 1; step <= rates.size(); step++) {
            problem.backward();
            optimizer.step(rates.get(step - 1).asDouble());
            optimizer.zeroGrad();
            if (step % 10 == 0) {
                assertClose(problem.w, expected.floats(run + ".step" + step + ".w"));
                assertClose(problem.b, expected.floats(run + ".step" + step + ".b"));
            }
        }
    }

    private static void assertClose(Tensor actual, float[] expected) {
        double absolute = META.get("tolerance").get("absolute").asDouble();
        double relative = META.get("tolerance").get("relative").asDouble();
        float[] values = Tensors.floats(actual);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) values[i]).isCloseTo(expected[i], within(absolute + relative * Math.abs(expected[i])));
        }
    }

    @Test
    void defaultOnCpuIsTheFusedKernelAndEqualsThePlainOne() {
        assertThat(FusedAdamW.supports(randomGroups(11))).isTrue();
        int threads = torch.get_num_threads();
        List<ParameterGroup> fusedGroups = randomGroups(11);
        List<ParameterGroup> plainGroups = randomGroups(11);
        try (Optimizer fused = AdamWSpec.DEFAULT.over(fusedGroups);
                Optimizer plain = new AdamW(plainGroups, AdamWSpec.DEFAULT, false)) {
            for (int step = 0; step < 20; step++) {
                randomGradients(fusedGroups, step);
                randomGradients(plainGroups, step);
                fused.step(0.01);
                plain.step(0.01);
            }
            assertThat(torch.get_num_threads()).isEqualTo(threads);
            assertEqual(parameters(fusedGroups), parameters(plainGroups), 2e-6);
            assertEqual(fused.state(), plain.state(), 1e-6);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"adamw", "vpt", "sgd"})
    void resumesToTheBit(String name) {
        OptimizerSpec spec = Map.of("adamw", AdamWSpec.DEFAULT, "vpt", AdamWSpec.VPT, "sgd", new SgdSpec(0.9, true))
                .get(name);
        List<ParameterGroup> whole = randomGroups(5);
        List<ParameterGroup> first = randomGroups(5);
        List<ParameterGroup> second = randomGroups(6);
        try (Optimizer one = spec.over(whole);
                Optimizer before = spec.over(first);
                Optimizer after = spec.over(second)) {
            run(one, whole, 0, 14);
            run(before, first, 0, 7);
            try (AutoCloseable noGrad = new org.bytedeco.pytorch.NoGradGuard()) {
                parameters(second)
                        .forEach((key, tensor) -> tensor.copy_(parameters(first).get(key)));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            after.restore(before.state());
            run(after, second, 7, 14);
            assertEqual(parameters(second), parameters(whole), 0);
            assertEqual(after.state(), one.state(), 0);
        }
    }

    private static void run(Optimizer optimizer, List<ParameterGroup> groups, int from, int to) {
        for (int step = from; step < to; step++) {
            randomGradients(groups, step);
            optimizer.step(0.05);
            optimizer.zeroGrad();
        }
    }

    @Test
    void leavesAParameterWithoutGradientAndItsStateAlone() {
        for (OptimizerSpec spec : List.of(AdamWSpec.DEFAULT, AdamWSpec.VPT, new SgdSpec(0.9, false))) {
            Parameter stepped = parameter("a", new float[] {1, 2}, 2);
            Parameter skipped = parameter("b", new float[] {3, 4}, 2);
            try (Optimizer optimizer = spec.over(List.of(new ParameterGroup(List.of(stepped, skipped), 0.1, 1)))) {
                stepped.tensor().mutable_grad().put(Tensors.of(new float[] {1, 1}, 2));
                optimizer.step(0.1);
                assertThat(Tensors.floats(skipped.tensor())).containsExactly(3, 4);
                assertThat(Tensors.floats(stepped.tensor())).doesNotContain(1, 2);
                optimizer.state().forEach((name, tensor) -> {
                    float[] values = Tensors.floats(tensor);
                    if (name.startsWith("b.")) {
                        assertThat(values).as(name).containsOnly(0);
                    } else {
                        assertThat(values).as(name).doesNotContain(0);
                    }
                });
            }
        }
    }

    @Test
    void groupsHaveTheirOwnRateAndDecay() {
        Parameter still = parameter("still", new float[] {1}, 1);
        Parameter decayed = parameter("decayed", new float[] {1}, 1);
        Parameter doubled = parameter("doubled", new float[] {1}, 1);
        List<ParameterGroup> groups = List.of(
                new ParameterGroup(List.of(still), 0, 0),
                new ParameterGroup(List.of(decayed), 0.5, 1),
                new ParameterGroup(List.of(doubled), 0, 2));
        try (Optimizer optimizer = new SgdSpec(0, false).over(groups)) {
            for (Parameter p : List.of(still, decayed, doubled)) {
                p.tensor().mutable_grad().put(Tensors.of(new float[] {1}, 1));
            }
            optimizer.step(0.125);
            assertThat(optimizer.state()).isEmpty();
        }
        assertThat(Tensors.floats(still.tensor())).containsExactly(1);
        assertThat(Tensors.floats(decayed.tensor())).containsExactly(0.8125f);
        assertThat(Tensors.floats(doubled.tensor())).containsExactly(0.75f);
    }

    @Test
    void doesNotReadGradientsInTheWrongOrder() {
        Tensor transposed = Tensors.of(new float[] {1, -2, 3, 4, 5, -6}, 3, 2).t();
        for (OptimizerSpec spec : List.of(AdamWSpec.DEFAULT, new SgdSpec(0.9, false))) {
            Parameter strided = parameter("w", new float[6], 2, 3);
            Parameter plain = parameter("w", new float[6], 2, 3);
            strided.tensor().mutable_grad().put(transposed);
            plain.tensor().mutable_grad().put(transposed.contiguous());
            for (Parameter p : List.of(strided, plain)) {
                try (Optimizer optimizer = spec.over(List.of(new ParameterGroup(List.of(p), 0, 1)))) {
                    optimizer.step(0.1);
                }
            }
            assertThat(Tensors.floats(strided.tensor())).isEqualTo(Tensors.floats(plain.tensor()));
        }
    }

    @Test
    void zeroGradMakesGradientsUndefined() {
        List<ParameterGroup> groups = randomGroups(1);
        randomGradients(groups, 0);
        try (Optimizer optimizer = AdamWSpec.DEFAULT.over(groups)) {
            optimizer.zeroGrad();
            parameters(groups).values().forEach(t -> assertThat(t.grad().defined())
                    .isFalse());
        }
    }

    @Test
    void namesItsState() {
        try (Optimizer adamW = AdamWSpec.DEFAULT.over(randomGroups(1));
                Optimizer sgd = new SgdSpec(0.9, false).over(randomGroups(1))) {
            assertThat(adamW.state().keySet())
                    .startsWith("blocks.0.weight.exp_avg", "blocks.0.weight.exp_avg_sq", "blocks.0.weight.step");
            assertThat(sgd.state().keySet())
                    .containsExactly("blocks.0.weight.momentum_buffer", "blocks.0.bias.momentum_buffer");
        }
    }

    @Test
    void refusesForeignStateAndChangesNothing() {
        try (Optimizer optimizer = new SgdSpec(0.9, false).over(randomGroups(1))) {
            Map<String, Tensor> foreign = new LinkedHashMap<>();
            foreign.put("blocks.0.weight.momentum_buffer", Tensors.of(new float[] {1, 1}, 2));
            foreign.put("head.weight.momentum_buffer", Tensors.of(new float[] {1}, 1));
            assertThatThrownBy(() -> optimizer.restore(foreign))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("blocks.0.weight.momentum_buffer: expected shape [7, 13], found [2]")
                    .hasMessageContaining("blocks.0.bias.momentum_buffer: missing")
                    .hasMessageContaining("head.weight.momentum_buffer: not part of this optimiser");
            optimizer.state().values().forEach(t -> assertThat(Tensors.floats(t))
                    .containsOnly(0));
        }
    }

    @Test
    void refusesWhatCannotBeTrained() {
        Parameter p = parameter("w", new float[] {1}, 1);
        assertThatThrownBy(() -> AdamWSpec.DEFAULT.over(List.of(new ParameterGroup(List.of(p, p), 0, 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("two parameters are called w");
        assertThatThrownBy(() -> new Parameter("frozen", Tensors.of(new float[] {1}, 1), Kind.WEIGHT))
                .hasMessageStartingWith("frozen: expected a contiguous leaf");
        assertThatThrownBy(() -> new AdamWSpec(1, 0.9, 1e-8, AdamWSpec.Form.STANDARD))
                .isInstanceOf(ConfigException.class)
                .hasMessage("beta1: expected 0 to below 1, found 1.0");
        assertThatThrownBy(() -> new SgdSpec(0, true)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> new ParameterGroup(List.of(), -1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsNothingFromAThousandSteps() {
        Quadratic problem = new Quadratic();
        JsonNode settings = META.get("runs").get("adamw");
        for (OptimizerSpec spec : List.of(AdamWSpec.DEFAULT, AdamWSpec.VPT, new SgdSpec(0.9, true))) {
            List<ParameterGroup> groups = problem.groups(settings);
            List<Parameter> all =
                    groups.stream().flatMap(g -> g.parameters().stream()).toList();
            long before = 0;
            try (Optimizer optimizer = spec.over(groups)) {
                for (int step = 0; step < 1_000; step++) {
                    try (PointerScope stepScope = new PointerScope()) {
                        problem.backward();
                    }
                    Gradients.clip(all, 0.1);
                    optimizer.step(1e-3);
                    optimizer.zeroGrad();
                    if (step == 9) {
                        before = Pointer.totalCount();
                    }
                }
                // garbage of earlier tests may be collected meanwhile
                assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
            }
        }
    }

    @Test
    void closingTwiceFreesOnce() {
        Optimizer optimizer = AdamWSpec.DEFAULT.over(randomGroups(1));
        Tensor mean = optimizer.state().get("blocks.0.weight.exp_avg");
        optimizer.close();
        optimizer.close();
        assertThat(mean.isNull()).isTrue();
    }

    private static Parameter parameter(String name, float[] values, long... shape) {
        return new Parameter(name, Tensors.of(values, shape).set_requires_grad(true), Kind.WEIGHT);
    }

    private static List<ParameterGroup> randomGroups(long seed) {
        torch.manual_seed(seed);
        Parameter w = new Parameter("blocks.0.weight", torch.randn(7, 13).set_requires_grad(true), Kind.WEIGHT);
        Parameter b = new Parameter("blocks.0.bias", torch.randn(13).set_requires_grad(true), Kind.BIAS);
        return DecayRule.MATRICES.group(List.of(w, b), 0.1);
    }

    private static void randomGradients(List<ParameterGroup> groups, long seed) {
        torch.manual_seed(1_000 + seed);
        parameters(groups).values().forEach(t -> t.mutable_grad().put(torch.randn(Tensors.shape(t))));
    }

    private static Map<String, Tensor> parameters(List<ParameterGroup> groups) {
        Map<String, Tensor> parameters = new LinkedHashMap<>();
        groups.forEach(g -> g.parameters().forEach(p -> parameters.put(p.name(), p.tensor())));
        return parameters;
    }

    private static void assertEqual(Map<String, Tensor> actual, Map<String, Tensor> expected, double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        actual.forEach((name, tensor) -> {
            float[] a = Tensors.floats(tensor);
            float[] e = Tensors.floats(expected.get(name));
            for (int i = 0; i < e.length; i++) {
                assertThat((double) a[i]).as("%s[%d]", name, i).isCloseTo(e[i], within(tolerance));
            }
        });
    }

    /** The golden problem: ½ (z − c)ᵀ H (z − c) with z = (w row by row, b). */
    private static final class Quadratic {
        private final Tensor h;
        private final Tensor c;
        private final Tensor w;
        private final Tensor b;

        Quadratic() {
            Golden golden = Golden.tensors("optim/problem.safetensors");
            h = Tensors.of(golden.floats("H"), golden.shape("H"));
            c = Tensors.of(golden.floats("c"), golden.shape("c"));
            w = Tensors.of(golden.floats("w0"), golden.shape("w0")).set_requires_grad(true);
            b = Tensors.of(golden.floats("b0"), golden.shape("b0")).set_requires_grad(true);
        }

        List<ParameterGroup> groups(JsonNode settings) {
            return List.of(
                    new ParameterGroup(
                            List.of(new Parameter("w", w, Kind.WEIGHT)),
                            settings.get("decay_w").asDouble(),
                            1),
                    new ParameterGroup(
                            List.of(new Parameter("b", b, Kind.BIAS)),
                            settings.get("decay_b").asDouble(),
                            1));
        }

        void backward() {
            Tensor off = Tensors.cat(List.of(w.flatten(), b), 0).sub(c);
            off.dot(h.mv(off)).mul(new org.bytedeco.pytorch.Scalar(0.5)).backward();
        }
    }
}
