package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The loss of pixels against its formula, summed in double precision. */
class PixelLossByHandTest {
    private static final int IMAGES = 3;
    private static final int CLASSES = 4;
    private static final int PIXELS = 6;
    private static final int IGNORED = 255;
    private static final float[] LOGITS = new float[IMAGES * CLASSES * PIXELS];
    private static final long[] LABELS = new long[IMAGES * PIXELS];

    static {
        Random random = new Random(11);
        for (int i = 0; i < LOGITS.length; i++) {
            LOGITS[i] = (float) (2 * random.nextGaussian());
        }
        for (int i = 0; i < LABELS.length; i++) {
            boolean last = i >= 2 * PIXELS; // of the last image no pixel counts
            LABELS[i] = last || i % 5 == 2 ? IGNORED : random.nextInt(CLASSES);
        }
    }

    private static double logit(int image, int c, int pixel) {
        return LOGITS[(image * CLASSES + c) * PIXELS + pixel];
    }

    private static double logProbability(int image, int c, int pixel) {
        double sum = 0;
        for (int k = 0; k < CLASSES; k++) {
            sum += Math.exp(logit(image, k, pixel));
        }
        return logit(image, c, pixel) - Math.log(sum);
    }

    private static double[] expected(double smoothing, List<Double> weights) {
        double[] losses = new double[IMAGES];
        for (int image = 0; image < IMAGES; image++) {
            double sum = 0;
            double all = 0;
            for (int pixel = 0; pixel < PIXELS; pixel++) {
                int label = (int) LABELS[image * PIXELS + pixel];
                if (label == IGNORED) {
                    continue;
                }
                double smoothed = 0;
                for (int c = 0; c < CLASSES; c++) {
                    smoothed -= weights.get(c) * logProbability(image, c, pixel) / CLASSES;
                }
                sum += (1 - smoothing) * -weights.get(label) * logProbability(image, label, pixel)
                        + smoothing * smoothed;
                all += weights.get(label);
            }
            losses[image] = all == 0 ? 0 : sum / all;
        }
        return losses;
    }

    private static Tensor logits() {
        return Tensors.of(LOGITS, IMAGES, CLASSES, 2, 3);
    }

    private static Tensor labels() {
        return Device.CPU.of(LABELS, IMAGES, 2, 3);
    }

    private static void check(double smoothing, List<Double> weights) {
        List<Double> all = weights.isEmpty() ? List.of(1.0, 1.0, 1.0, 1.0) : weights;
        try (PointerScope scope = new PointerScope()) {
            Tensor each = new PixelLoss(smoothing, weights, 0).each(logits(), labels());
            assertThat(Tensors.doubles(each)).containsExactly(expected(smoothing, all), within(1e-5));
        }
    }

    @Test
    void isTheMeanOverThePixelsThatCount() {
        check(0, List.of());
    }

    @Test
    void smoothsOverTheClasses() {
        check(0.2, List.of());
    }

    @Test
    void weighsPixelsByTheirClass() {
        check(0, List.of(0.5, 3.0, 1.0, 2.0));
        check(0.1, List.of(0.5, 3.0, 1.0, 2.0));
    }

    @Test
    void pixelsThatDoNotCountHaveNoGradient() {
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = logits().set_requires_grad(true);
            new PixelLoss(0.1, List.of(), 0).each(logits, labels()).sum().backward();
            float[] gradient = Tensors.floats(logits.grad());
            List<Double> counting = new ArrayList<>();
            for (int i = 0; i < gradient.length; i++) {
                int pixel = i / (CLASSES * PIXELS) * PIXELS + i % PIXELS;
                if (LABELS[pixel] == IGNORED) {
                    assertThat(gradient[i]).isZero();
                } else {
                    counting.add(Math.abs((double) gradient[i]));
                }
            }
            assertThat(counting).hasSizeGreaterThan(20).allMatch(size -> size > 0);
        }
    }

    @Test
    void imagesAreNeitherRightNorWrong() {
        try (PointerScope scope = new PointerScope()) {
            PixelLoss loss = new PixelLoss(0, List.of(), 0);
            assertThat(loss.tellsRight()).isFalse();
            assertThat(Tensors.doubles(loss.right(logits(), labels()))).containsOnly(0);
        }
    }
}
