package dev.inlay.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.random.Key;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SampleDropoutTest {
    private static final Key KEY = Key.of(5, "test");
    private static final double RATE = 0.25;

    @BeforeAll
    static void load() {
        LibTorch.load();
    }

    private static SampleDropout of(int... samples) {
        return new SampleDropout(KEY, samples);
    }

    @Test
    void dropoutKeepsTheMeanAndItsGradientIsItsMask() {
        try (PointerScope scope = new PointerScope()) {
            Tensor x = torch.ones(4, 50, 31).set_requires_grad(true);
            Tensor y = of(0, 1, 2, 3).dropout(x, "place", RATE);
            float[] values = Tensors.floats(y.detach());
            float kept = (float) (1 / (1 - RATE));
            for (float value : values) {
                assertThat(value).isIn(0f, kept);
            }
            assertThat(y.mean().item_double()).isBetween(0.97, 1.03);
            y.sum().backward();
            assertThat(Tensors.floats(x.grad())).isEqualTo(values);
        }
    }

    @Test
    void whatASampleDrawsDependsOnItAndThePlaceAlone() {
        try (PointerScope scope = new PointerScope()) {
            Tensor two = torch.ones(2, 7, 9);
            float[] together = Tensors.floats(of(8, 3).dropout(two, "place", RATE));
            float[] alone = Tensors.floats(of(3).dropout(torch.ones(1, 7, 9), "place", RATE));
            assertThat(Arrays.copyOfRange(together, 63, 126)).isEqualTo(alone);
            assertThat(Arrays.copyOfRange(together, 0, 63)).isNotEqualTo(alone);
            assertThat(Tensors.floats(of(3).dropout(torch.ones(1, 7, 9), "other", RATE)))
                    .isNotEqualTo(alone);
        }
    }

    @Test
    void aPathIsDroppedForWholeSamples() {
        int[] samples = new int[400];
        Arrays.setAll(samples, i -> i);
        try (PointerScope scope = new PointerScope()) {
            Tensor dropped = of(samples).dropPath(torch.ones(400, 2, 3), "place", RATE);
            float[] rows = Tensors.floats(dropped.mean(1).mean(1));
            int gone = 0;
            for (float row : rows) {
                gone += row == 0 ? 1 : 0;
                assertThat((double) row).isIn(0.0, (double) (float) (1 / (1 - RATE)));
            }
            assertThat(gone / 400.0).isCloseTo(RATE, within(0.07));
        }
    }
}
