package dev.inlay.record;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How well a classifier did on one split.
 *
 * @param top1 fraction of examples whose most probable class is right, in [0, 1]
 * @param top5 fraction of examples whose class is among the five most probable, in [0, 1]; 1 below six classes
 * @param meanPerClass mean over the classes that occur of their top-1 fraction, in [0, 1]
 * @param crossEntropy mean cross-entropy in nats, without label smoothing
 * @param examples how many examples the numbers rest on
 * @param top1Interval that of {@code top1}, {@linkplain Interval#wilson Wilson's}
 */
public record Accuracy(
        double top1, double top5, double meanPerClass, double crossEntropy, long examples, Interval top1Interval)
        implements Quality {
    /**
     * Computes the interval where a file of an earlier version has none.
     *
     * @throws IllegalArgumentException if a fraction is outside [0, 1], the cross-entropy not finite or the count
     *     negative
     */
    public Accuracy {
        Check.fraction("top1", top1);
        Check.fraction("top5", top5);
        Check.fraction("meanPerClass", meanPerClass);
        Check.finite("crossEntropy", crossEntropy);
        Check.notNegative("examples", examples);
        top1Interval = top1Interval == null ? Interval.wilson(top1, examples) : top1Interval;
    }

    /** With the interval that follows from top-1 and the number of examples. */
    public Accuracy(double top1, double top5, double meanPerClass, double crossEntropy, long examples) {
        this(top1, top5, meanPerClass, crossEntropy, examples, null);
    }

    @Override
    public double score() {
        return top1;
    }

    @Override
    public String scoreName() {
        return "accuracy";
    }

    @Override
    public Optional<Interval> interval() {
        return Optional.of(top1Interval);
    }

    @Override
    public Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("top1", top1);
        figures.put("top5", top5);
        figures.put("meanPerClass", meanPerClass);
        figures.put("crossEntropy", crossEntropy);
        return figures;
    }

    /** Returns top-1 and what it rests on, such as {@code 72.5 % of 40 images}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f %% of %,d images", 100 * top1, examples);
    }
}
