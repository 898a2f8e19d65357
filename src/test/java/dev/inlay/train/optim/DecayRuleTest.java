package dev.inlay.train.optim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class DecayRuleTest {
    @Test
    void matricesDecayAndVectorsBiasesAndTokensDoNot() {
        assertThat(decayed(DecayRule.MATRICES)).containsExactly("head.weight", "lora.A");
    }

    @Test
    void vptDecaysAllButBiases() {
        assertThat(decayed(DecayRule.ALL_BUT_BIASES))
                .containsExactly("head.weight", "lora.A", "norm.weight", "sparse", "cls_token");
    }

    private static List<String> decayed(DecayRule rule) {
        try (PointerScope scope = new PointerScope()) {
            List<Parameter> all = List.of(
                    parameter("head.weight", Kind.WEIGHT, 3, 4),
                    parameter("head.bias", Kind.BIAS, 3),
                    parameter("lora.A", Kind.WEIGHT, 2, 4),
                    parameter("norm.weight", Kind.WEIGHT, 4),
                    parameter("sparse", Kind.WEIGHT, 5),
                    parameter("cls_token", Kind.TOKEN, 1, 1, 4));
            List<ParameterGroup> groups = rule.group(all, 0.05);
            assertThat(groups).extracting(ParameterGroup::weightDecay).containsExactly(0.05, 0.0);
            assertThat(groups).extracting(ParameterGroup::learningRateFactor).containsOnly(1.0);
            List<Parameter> together =
                    groups.stream().flatMap(g -> g.parameters().stream()).toList();
            assertThat(together).containsExactlyInAnyOrderElementsOf(all);
            return groups.get(0).parameters().stream().map(Parameter::name).toList();
        }
    }

    private static Parameter parameter(String name, Kind kind, long... shape) {
        int size = 1;
        for (long n : shape) {
            size *= (int) n;
        }
        return new Parameter(name, Tensors.of(new float[size], shape).set_requires_grad(true), kind);
    }
}
