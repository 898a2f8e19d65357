package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.data.LabelSpace;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.stream.StreamSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Losses of sets of classes and of numbers, against scripts/fixtures/labels.py, which agrees with PyTorch 1.13. */
class LabelLossTest {
    private static final JsonNode META = Golden.json("labels/meta.json");
    private static final Golden STORED = Golden.tensors("labels/outputs.safetensors");

    private static double[] numbers(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
    }

    private static List<Double> list(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .map(JsonNode::doubleValue)
                .toList();
    }

    private static void check(Loss loss, String kind, String losses, boolean gradient) {
        JsonNode expected = META.get(kind);
        try (PointerScope scope = new PointerScope()) {
            long[] shape = STORED.shape(kind + ".outputs");
            Tensor outputs = Tensors.of(STORED.floats(kind + ".outputs"), shape);
            Tensor targets = Tensors.of(STORED.floats(kind + ".targets"), shape);
            outputs.set_requires_grad(true);
            Tensor each = loss.each(outputs, targets);
            assertThat(Tensors.doubles(each.detach())).containsExactly(numbers(expected.get(losses)), within(2e-5));
            if (gradient) {
                each.mean().backward();
                assertThat(Tensors.doubles(outputs.grad()))
                        .containsExactly(numbers(expected.get("gradient")), within(1e-6));
            }
            // two heads side by side, (G, K, B)
            Tensor both = outputs.detach().t().unsqueeze(0).expand(2, shape[1], shape[0]);
            assertThat(Tensors.doubles(loss.each(both, targets).select(0, 1)))
                    .containsExactly(numbers(expected.get(losses)), within(2e-5));
            assertThat(Tensors.longs(loss.right(both, targets).sum(1)))
                    .containsOnly(loss.right(outputs.detach(), targets).sum().item_long());
        }
    }

    @Test
    void setsOfClassesHaveTheMeanBinaryCrossEntropyOfTheirLogits() {
        check(new BinaryCrossEntropy(0), "multi", "loss", true);
    }

    @Test
    void smoothingMovesTargetsTowardsOneHalf() {
        check(new BinaryCrossEntropy(META.get("smoothing").doubleValue()), "multi", "smoothed_loss", false);
    }

    @Test
    void numbersHaveTheMeanSquaredErrorOfStandardisedTargets() {
        LabelSpace.Numbers labels =
                new LabelSpace.Numbers(List.of("x", "y", "z"), list(META.get("means")), list(META.get("deviations")));
        check(new SquaredError(labels), "numbers", "loss", true);
        assertThat(new SquaredError(labels).tellsRight()).isFalse();
    }

    /** Mixing targets and mixing losses is the same, so one code mixes all classes. */
    @Test
    void mixedSetsHaveTheLossOfTheMixedTarget() {
        try (PointerScope scope = new PointerScope()) {
            long[] shape = STORED.shape("multi.outputs");
            Tensor logits = Tensors.of(STORED.floats("multi.outputs"), shape);
            float[] targets = STORED.floats("multi.targets");
            float[] mixed = new float[targets.length];
            int classes = (int) shape[1];
            int last = targets.length / classes - 1;
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] = 0.7f * targets[i] + 0.3f * targets[(last - i / classes) * classes + i % classes];
            }
            BinaryCrossEntropy loss = new BinaryCrossEntropy(0);
            assertThat(Tensors.doubles(Mix.blend(0.7).losses(loss, logits, Tensors.of(targets, shape))))
                    .containsExactly(Tensors.doubles(loss.each(logits, Tensors.of(mixed, shape))), within(1e-5));
        }
    }
}
