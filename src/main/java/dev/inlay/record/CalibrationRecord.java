package dev.inlay.record;

import java.util.List;

/**
 * How far probabilities can be trusted: of the examples that were predicted with a confidence of 80 %, as many should be
 * right. The confidence of an example is the probability of the class that is predicted.
 *
 * @param temperature what logits are divided by before the softmax; 1 unless it was fitted
 * @param error the expected calibration error (Guo et al., "On calibration of modern neural networks", 2017, with 15 bins):
 *     the mean over the examples of the distance between accuracy and confidence of their bin, in [0, 1]
 * @param errorAtOne the same without the temperature; null where that is 1
 * @param bins of equal width in ascending order: bin m of M has the confidences in ((m − 1) / M, m / M]
 */
public record CalibrationRecord(double temperature, double error, Double errorAtOne, List<Bin> bins) {
    /** Copies the list. */
    public CalibrationRecord {
        Check.fraction("error", error);
        bins = List.copyOf(bins);
    }

    /**
     * The examples of one range of confidence.
     *
     * @param examples how many there are
     * @param confidence their mean confidence; null if there are none
     * @param accuracy the share of them that is predicted right; null if there are none
     */
    public record Bin(long examples, Double confidence, Double accuracy) {}
}
