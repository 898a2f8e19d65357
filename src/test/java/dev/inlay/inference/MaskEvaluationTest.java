package dev.inlay.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import dev.inlay.data.Masks;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.InlayException;
import dev.inlay.golden.Golden;
import dev.inlay.record.MaskQuality;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Measures of masks against {@code golden/masks}, which numpy computes, and against counting by hand. */
class MaskEvaluationTest {
    private static final PixelClasses FIVE = new PixelClasses(List.of("a", "b", "c", "d", "e"));
    private static final float SURE = 30;

    /** Masks and nothing else. */
    private record Truths(PixelClasses labels, List<Mask> masks) implements Examples {
        @Override
        public int size() {
            return masks.size();
        }

        @Override
        public int label(int i) {
            throw new AssertionError("pixels have classes");
        }

        @Override
        public Mask mask(int i) {
            return masks.get(i);
        }

        @Override
        public String id(int i) {
            return "image " + i;
        }

        @Override
        public int height() {
            return masks.get(0).height();
        }

        @Override
        public int width() {
            return masks.get(0).width();
        }

        @Override
        public void read(int i, int epoch, float[] out, int offset) {
            throw new AssertionError("logits are given");
        }

        @Override
        public boolean repeats() {
            return true;
        }

        @Override
        public String fingerprint() {
            return "truths";
        }
    }

    /** Evaluates masks as a network that is sure of them, in batches of two. */
    private static MaskEvaluation evaluate(PixelClasses labels, List<Mask> truths, List<Mask> predicted) {
        MaskScorer scorer =
                new MaskScorer(new Truths(labels, truths), batch -> logits(labels.size(), predicted, batch.indices()));
        List<MaskEvaluation.OfImage> found = new ArrayList<>();
        for (int from = 0; from < truths.size(); from += 2) {
            int[] indices =
                    IntStream.range(from, Math.min(from + 2, truths.size())).toArray();
            try (PointerScope scope = new PointerScope()) {
                Map<Integer, MaskEvaluation.OfImage> images = scorer.images(batch(indices));
                IntStream.of(indices).mapToObj(images::get).forEach(found::add);
            }
        }
        return MaskEvaluation.of(labels, found);
    }

    private static Batch batch(int... indices) {
        return new Batch(indices, null, null);
    }

    private static Tensor logits(int classes, List<Mask> predicted, int[] indices) {
        int height = predicted.get(0).height();
        int width = predicted.get(0).width();
        float[] logits = new float[indices.length * classes * height * width];
        for (int b = 0; b < indices.length; b++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int c = predicted.get(indices[b]).at(y, x);
                    logits[((b * classes + c) * height + y) * width + x] = SURE;
                }
            }
        }
        return Tensors.of(logits, indices.length, classes, height, width);
    }

    private static List<Mask> masks(Tensor stored) {
        float[] numbers = Tensors.floats(stored.to(ScalarType.Float));
        int width = Math.toIntExact(stored.size(2));
        int pixels = Math.toIntExact(stored.size(1)) * width;
        return IntStream.range(0, Math.toIntExact(stored.size(0)))
                .mapToObj(i -> Masks.of(
                        width,
                        IntStream.range(i * pixels, (i + 1) * pixels)
                                .map(at -> (int) numbers[at])
                                .toArray()))
                .toList();
    }

    @Test
    void matchesTheReference() {
        Map<String, Tensor> inputs = Golden.tensors("masks/inputs.safetensors");
        Map<String, Tensor> expected = Golden.tensors("masks/measures.safetensors");
        MaskEvaluation evaluation = evaluate(FIVE, masks(inputs.get("truth")), masks(inputs.get("predicted")));

        MaskQuality quality = evaluation.quality();
        double[] iou = Tensors.doubles(expected.get("iou"));
        for (int c = 0; c < iou.length; c++) {
            Double found = quality.perClassIou().get(FIVE.names().get(c));
            if (Double.isNaN(iou[c])) {
                assertThat(found).isNull();
            } else {
                assertThat(found).isCloseTo(iou[c], within(1e-6));
            }
        }
        assertThat(quality.meanIou()).isCloseTo(expected.get("meanIou").item_double(), within(1e-6));
        assertThat(quality.pixelAccuracy())
                .isCloseTo(expected.get("pixelAccuracy").item_double(), within(1e-6));
        assertThat(quality.meanAccuracy())
                .isCloseTo(expected.get("meanAccuracy").item_double(), within(1e-6));
        assertThat(quality.examples()).isEqualTo(4);
        assertThat(evaluation.images()).hasSize(4);
    }

    @Test
    void theUnionIsThatOfAllImagesAndPixelsThatDoNotCountAreInNone() {
        PixelClasses two = new PixelClasses(List.of("ground", "thing"));
        MaskQuality quality = evaluate(
                        two,
                        List.of(Masks.of(4, 0, 0, 0, 1), Masks.of(4, 1, 1, 255, 255)),
                        List.of(Masks.of(4, 0, 0, 1, 1), Masks.of(4, 0, 1, 1, 0)))
                .quality();
        assertThat(quality.perClassIou()).containsExactly(Map.entry("ground", 2 / 4.0), Map.entry("thing", 2 / 4.0));
        assertThat(quality.pixelAccuracy()).isEqualTo(4 / 6.0);
        assertThat(quality.meanAccuracy()).isCloseTo(2 / 3.0, within(1e-12));
        // a wrong pixel costs 30 nats: 1 of 4, and 1 of the 2 that count
        assertThat(quality.crossEntropy()).isCloseTo((SURE / 4 + SURE / 2) / 2, within(1e-4));
    }

    @Test
    void logitsAreResizedToTheMask() {
        Mask truth = Masks.of(4, 0, 0, 1, 1, 0, 0, 1, 1);
        MaskScorer scorer = new MaskScorer(
                new Truths(new PixelClasses(List.of("left", "right")), List.of(truth)),
                batch -> Tensors.of(new float[] {1, 0, 0, 1}, 1, 2, 1, 2));
        List<MaskEvaluation.OfImage> found = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            found.add(scorer.images(batch(0)).get(0));
        }
        assertThat(found.get(0).counts()).containsExactly(4, 0, 0, 4);
        assertThat(found.get(0).meanIou()).isEqualTo(1);
        // from 1 to 0 in steps of a quarter: the differences are 1, ½, -½, -1
        double expected = DoubleStream.of(1, 0.5, 0.5, 1)
                .map(difference -> Math.log1p(Math.exp(-difference)))
                .average()
                .orElseThrow();
        assertThat(found.get(0).crossEntropy()).isCloseTo(expected, within(1e-6));
    }

    @Test
    void logitsThatAreNoNumbersNameTheImage() {
        MaskScorer scorer = new MaskScorer(
                new Truths(new PixelClasses(List.of("a", "b")), List.of(Masks.of(1, 0))),
                batch -> Tensors.of(new float[] {Float.NaN, 0}, 1, 2, 1, 1));
        try (PointerScope scope = new PointerScope()) {
            assertThatThrownBy(() -> scorer.images(batch(0)))
                    .isInstanceOf(InlayException.class)
                    .hasMessage("image 0: the logits of its pixels are not finite");
        }
    }

    @Test
    void outlinesOfEqualMasksAreMetAndThoseThatAreFarAreNot() {
        Mask square = square(40, 10, 10, 12);
        assertThat(BoundaryScore.of(square, square, 1, 255)).isEqualTo(1);
        assertThat(BoundaryScore.of(square, square(40, 11, 10, 12), 1, 255)).isEqualTo(1);
        assertThat(BoundaryScore.of(square, square(40, 26, 26, 12), 1, 255)).isZero();
        assertThat(BoundaryScore.of(square, square(40, 0, 0, 0), 1, 255)).isZero();
        assertThat(BoundaryScore.of(square, square, 2, 255)).isNaN();
    }

    /** Only what is near pixels of another class is an outline, and the end of the image or of what counts is none. */
    @Test
    void theEndOfAnImageIsNoOutline() {
        Mask half = Masks.of(4, 1, 1, 0, 0, 1, 1, 0, 0);
        assertThat(BoundaryScore.of(half, half, 1, 255)).isEqualTo(1);
        Mask all = Masks.of(4, 1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(BoundaryScore.of(all, all, 1, 255)).isNaN();
        Mask beside = Masks.of(4, 1, 1, 255, 255, 1, 1, 255, 255);
        assertThat(BoundaryScore.of(beside, half, 1, 255)).isNaN();
    }

    @Test
    void boundaryScoresAreThoseOfComparingEveryPairOfPixels() {
        Random random = new Random(4);
        for (int round = 0; round < 20; round++) {
            int side = 30 + 70 * (round % 3);
            Mask truth = square(side, random.nextInt(10), random.nextInt(10), 5 + random.nextInt(12));
            Mask predicted = square(side, random.nextInt(10), random.nextInt(10), 5 + random.nextInt(12));
            for (int hole = 0; hole < side; hole++) {
                truth.values()[random.nextInt(side * side)] = (byte) 255;
                predicted.values()[random.nextInt(side * side)] = 1;
            }
            assertThat(BoundaryScore.of(truth, predicted, 1, 255)).isCloseTo(slowly(truth, predicted), within(1e-12));
        }
    }

    private static double slowly(Mask truth, Mask predicted) {
        List<int[]> real = outline(truth, truth);
        List<int[]> said = outline(predicted, truth);
        double within = Math.max(1, 0.0075 * Math.hypot(truth.width(), truth.height()));
        double precision = near(said, real, within);
        double recall = near(real, said, within);
        return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    private static double near(List<int[]> of, List<int[]> others, double within) {
        return of.stream()
                        .filter(a -> others.stream().anyMatch(b -> Math.hypot(a[0] - b[0], a[1] - b[1]) <= within))
                        .count()
                / (double) of.size();
    }

    private static List<int[]> outline(Mask mask, Mask truth) {
        List<int[]> outline = new ArrayList<>();
        int[][] steps = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
        for (int y = 0; y < mask.height(); y++) {
            for (int x = 0; x < mask.width(); x++) {
                boolean edge = false;
                for (int[] step : steps) {
                    int row = y + step[0];
                    int column = x + step[1];
                    edge |= row >= 0
                            && column >= 0
                            && row < mask.height()
                            && column < mask.width()
                            && truth.at(row, column) != 255
                            && mask.at(row, column) != 1;
                }
                if (edge && mask.at(y, x) == 1 && truth.at(y, x) != 255) {
                    outline.add(new int[] {y, x});
                }
            }
        }
        return outline;
    }

    private static Mask square(int side, int top, int left, int length) {
        byte[] values = new byte[side * side];
        for (int y = top; y < top + length; y++) {
            for (int x = left; x < left + length; x++) {
                values[y * side + x] = 1;
            }
        }
        return new Mask(side, side, values);
    }

    @Test
    void aClassThatNoImageHasIsInNoMean() {
        LabelSpace three = new PixelClasses(List.of("a", "b", "never"));
        MaskQuality quality = evaluate((PixelClasses) three, List.of(Masks.of(2, 0, 1)), List.of(Masks.of(2, 0, 1)))
                .quality();
        assertThat(quality.perClassIou()).containsEntry("never", null);
        assertThat(quality.meanIou()).isEqualTo(1);
        assertThat(quality.boundaryF()).isEqualTo(1);
        assertThat(quality.score()).isEqualTo(quality.meanIou());
    }
}
