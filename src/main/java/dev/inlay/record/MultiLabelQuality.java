package dev.inlay.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How good a model of any number of classes for each image is on one split.
 *
 * @param meanAveragePrecision mAP: mean of the average precision of the classes that some example has, in [0, 1]
 * @param microF1 F1 of all decisions together at the thresholds, in [0, 1]
 * @param macroF1 mean of the classes' F1 at the thresholds, in [0, 1]
 * @param binaryCrossEntropy mean over examples and classes, in nats, without label smoothing
 * @param examples how many examples the numbers rest on
 * @param perLabel of each class, by index
 */
public record MultiLabelQuality(
        double meanAveragePrecision,
        double microF1,
        double macroF1,
        double binaryCrossEntropy,
        long examples,
        List<LabelQuality> perLabel)
        implements Quality {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if a fraction is outside [0, 1], the cross-entropy not finite or the count negative
     */
    public MultiLabelQuality {
        Check.fraction("meanAveragePrecision", meanAveragePrecision);
        Check.fraction("microF1", microF1);
        Check.fraction("macroF1", macroF1);
        Check.finite("binaryCrossEntropy", binaryCrossEntropy);
        Check.notNegative("examples", examples);
        perLabel = List.copyOf(perLabel);
    }

    @Override
    public double score() {
        return meanAveragePrecision;
    }

    @Override
    public String scoreName() {
        return "mAP";
    }

    @Override
    public Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("meanAveragePrecision", meanAveragePrecision);
        figures.put("microF1", microF1);
        figures.put("macroF1", macroF1);
        figures.put("binaryCrossEntropy", binaryCrossEntropy);
        return figures;
    }

    /** Returns the mAP and what it rests on, such as {@code mAP 72.5 % of 40 images}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "mAP %.1f %% of %,d images", 100 * meanAveragePrecision, examples);
    }
}
