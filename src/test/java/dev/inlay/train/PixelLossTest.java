package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses of pixels against {@code golden/masks/losses}. */
class PixelLossTest {
    private static final JsonNode TOLERANCE =
            JsonNodeFactory.instance.objectNode().put("absolute", 1e-7).put("of_largest", 2e-6);
    private static final List<Double> WEIGHTS = List.of(0.5, 2.0, 1.25);

    @ParameterizedTest
    @CsvSource({"plain,0,false,0", "weighted,0,true,0", "smoothed,0.1,true,0", "dice,0,false,1", "all,0.1,true,0.75"})
    void lossesAndGradientsAreThoseOfTheReference(String name, double smoothing, boolean weighted, double dice) {
        Map<String, Tensor> stored = Golden.tensors("masks/losses.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = stored.get("logits").clone().set_requires_grad(true);
            Tensor targets = stored.get("labels").to(ScalarType.Long);

            Tensor each = new PixelLoss(smoothing, weighted ? WEIGHTS : List.of(), dice).each(logits, targets);
            each.mean().backward();

            Golden.assertClose("loss", each, stored.get(name + ".loss"), TOLERANCE);
            Golden.assertClose("gradient", logits.grad(), stored.get(name + ".gradient"), TOLERANCE);
        }
    }

    @Test
    void theLossOfAnImageDoesNotDependOnItsBatchOrTheScaleOfTheWeights() {
        Map<String, Tensor> stored = Golden.tensors("masks/losses.safetensors");
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = stored.get("logits");
            Tensor targets = stored.get("labels").to(ScalarType.Long);
            float[] together = Tensors.floats(new PixelLoss(0.1, WEIGHTS, 0.5).each(logits, targets));
            List<Double> scaled = WEIGHTS.stream().map(weight -> 8 * weight).toList();
            for (int i = 0; i < together.length; i++) {
                float[] alone = Tensors.floats(
                        new PixelLoss(0.1, scaled, 0.5).each(logits.narrow(0, i, 1), targets.narrow(0, i, 1)));
                assertThat(alone).containsExactly(together[i]);
            }
            assertThat(together[2]).isZero();
        }
    }
}
