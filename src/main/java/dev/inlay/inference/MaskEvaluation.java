package dev.inlay.inference;

import dev.inlay.data.LabelSpace;
import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.MaskQuality;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The result of evaluating predicted masks.
 *
 * @param quality over all images
 * @param images what was found of each, in their order
 */
public record MaskEvaluation(MaskQuality quality, List<OfImage> images) implements Evaluation {
    /** Copies the list. */
    public MaskEvaluation {
        images = List.copyOf(images);
    }

    /**
     * What was found of one image.
     *
     * @param counts pixels that count by true and by predicted class, (C, C) row by row
     * @param boundaries {@link BoundaryScore} of each class; NaN where there is no outline
     * @param crossEntropy mean over the pixels that count, in nats
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record OfImage(long[] counts, double[] boundaries, double crossEntropy) {
        /** The mean over the classes that occur of their intersection over union, in [0, 1]. */
        public double meanIou() {
            return mean(iou(counts, boundaries.length));
        }
    }

    /** Of some images, at least one. */
    static MaskEvaluation of(LabelSpace labels, List<OfImage> images) {
        int classes = labels.size();
        long[] counts = together(images, classes);
        double[] iou = iou(counts, classes);
        Map<String, Double> perClass = new LinkedHashMap<>();
        for (int c = 0; c < classes; c++) {
            perClass.put(labels.names().get(c), Double.isNaN(iou[c]) ? null : iou[c]);
        }
        long hits = IntStream.range(0, classes)
                .mapToLong(c -> counts[c * classes + c])
                .sum();
        double boundary = boundary(images, classes);
        MaskQuality quality = new MaskQuality(
                mean(iou),
                (double) hits / Math.max(1, sum(counts, 0, counts.length, 1)),
                mean(recall(counts, classes)),
                Double.isNaN(boundary) ? null : boundary,
                images.stream().mapToDouble(OfImage::crossEntropy).average().orElseThrow(),
                perClass,
                images.size());
        return new MaskEvaluation(quality, images);
    }

    private static long[] together(List<OfImage> images, int classes) {
        long[] counts = new long[classes * classes];
        images.forEach(image -> IntStream.range(0, counts.length).forEach(i -> counts[i] += image.counts[i]));
        return counts;
    }

    /**
     * Returns which pixels that count were predicted as which, of all images together.
     *
     * @param classNames by class
     */
    public ConfusionRecord confusion(List<String> classNames) {
        int classes = classNames.size();
        long[] counts = together(images, classes);
        long[][] rows = new long[classes][];
        for (int c = 0; c < classes; c++) {
            rows[c] = Arrays.copyOfRange(counts, c * classes, (c + 1) * classes);
        }
        return ConfusionRecord.of(classNames, rows);
    }

    /** Intersection over union of each class; NaN for one that neither side has. */
    private static double[] iou(long[] counts, int classes) {
        double[] iou = new double[classes];
        for (int c = 0; c < classes; c++) {
            long hits = counts[c * classes + c];
            long union = sum(counts, c * classes, classes, 1) + sum(counts, c, classes, classes) - hits;
            iou[c] = union == 0 ? Double.NaN : (double) hits / union;
        }
        return iou;
    }

    /** The part of each class's pixels that is right; NaN for a class without any. */
    private static double[] recall(long[] counts, int classes) {
        double[] recall = new double[classes];
        for (int c = 0; c < classes; c++) {
            long all = sum(counts, c * classes, classes, 1);
            recall[c] = all == 0 ? Double.NaN : (double) counts[c * classes + c] / all;
        }
        return recall;
    }

    private static double boundary(List<OfImage> images, int classes) {
        List<Double> means = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            int of = c;
            means.add(mean(
                    images.stream().mapToDouble(image -> image.boundaries[of]).toArray()));
        }
        return mean(means.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static long sum(long[] counts, int from, int count, int stride) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += counts[from + i * stride];
        }
        return sum;
    }

    /** The mean of those that are numbers; NaN if none is. */
    private static double mean(double[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    @Override
    public double loss() {
        return quality.crossEntropy();
    }
}
