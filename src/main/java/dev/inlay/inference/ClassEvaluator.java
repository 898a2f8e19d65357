package dev.inlay.inference;

import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Accumulates a {@link ClassEvaluation} from batches of logits, in double precision. Of equal logits the lower class comes
 * first. For one thread.
 */
public final class ClassEvaluator implements Evaluator {
    private final int classes;
    private final double labelSmoothing;
    private final double temperature;
    private final ConfidenceBins bins = new ConfidenceBins();
    private final ConfidenceBins binsAtOne = new ConfidenceBins();
    private final int[][] confusion;
    private final List<EvaluatedExample> predictions = new ArrayList<>();
    private int top5;

    /**
     * Plain cross-entropy.
     *
     * @param classes C, at least 1
     */
    public ClassEvaluator(int classes) {
        this(classes, 0, 1);
    }

    /**
     * @param classes C, at least 1
     * @param labelSmoothing s in [0, 1): the target is 1 − s on the label plus s / C on every class (Szegedy et al.,
     *     2016, section 7)
     * @param temperature what logits are divided by for probabilities and cross-entropy, above 0; 1 for nothing
     * @throws IllegalArgumentException if an argument is outside its range
     */
    public ClassEvaluator(int classes, double labelSmoothing, double temperature) {
        if (classes < 1) {
            throw new IllegalArgumentException("classes: expected at least 1, found " + classes);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
            throw new IllegalArgumentException("labelSmoothing: expected 0 to below 1, found " + labelSmoothing);
        }
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("temperature: expected a finite number above 0, found " + temperature);
        }
        this.classes = classes;
        this.labelSmoothing = labelSmoothing;
        this.temperature = temperature;
        this.confusion = new int[classes][classes];
    }

    /**
     * Adds a batch.
     *
     * @param logits (B, C), any floating type and device; borrowed
     * @param labels B labels in [0, C)
     * @throws InlayException as {@link #add(float[], int[])}
     * @throws IllegalArgumentException if the shape is not (B, C)
     */
    public void add(Tensor logits, int[] labels) {
        List<Long> shape = Tensors.shapeOf(logits);
        if (!shape.equals(List.of((long) labels.length, (long) classes))) {
            throw new IllegalArgumentException(
                    "logits: expected shape [" + labels.length + ", " + classes + "], found " + shape);
        }
        add(Tensors.floats(logits), labels);
    }

    /**
     * Adds a batch.
     *
     * @param logits (B, C) row by row
     * @param labels B labels in [0, C)
     * @throws InlayException if a logit is not finite; names the example and the class, and nothing of the batch counts
     * @throws DataException if a label is outside [0, C); nothing of the batch counts
     * @throws IllegalArgumentException if there are not B · C logits
     */
    public void add(float[] logits, int[] labels) {
        if (logits.length != labels.length * classes) {
            throw new IllegalArgumentException(
                    "logits: expected " + labels.length + " × " + classes + " numbers, found " + logits.length);
        }
        check(logits, labels);
        for (int i = 0; i < labels.length; i++) {
            add(Arrays.copyOfRange(logits, i * classes, (i + 1) * classes), labels[i]);
        }
    }

    @Override
    public void add(float[] logits, float[] targets) {
        int[] labels = new int[targets.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (int) targets[i];
        }
        add(logits, labels);
    }

    @Override
    public ClassEvaluation result() {
        if (predictions.isEmpty()) {
            throw new DataException("nothing to evaluate: expected at least one example, found none");
        }
        ConfusionCounts result = new ConfusionCounts(confusion);
        double n = predictions.size();
        return new ClassEvaluation(
                predictions.stream().filter(EvaluatedExample::correct).count() / n,
                top5 / n,
                result.meanPerClass(),
                predictions.stream().mapToDouble(EvaluatedExample::crossEntropy).sum() / n,
                result,
                new CalibrationRecord(
                        temperature, bins.error(), temperature == 1 ? null : binsAtOne.error(), bins.bins()),
                predictions);
    }

    private void check(float[] logits, int[] labels) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new DataException("example " + (predictions.size() + i) + ": expected a label from 0 to "
                        + (classes - 1) + ", found " + labels[i]);
            }
        }
        for (int k = 0; k < logits.length; k++) {
            if (!Float.isFinite(logits[k])) {
                throw new InlayException("example " + (predictions.size() + k / classes) + ": the logit of class "
                        + k % classes + " is " + logits[k] + ", not a finite number; the training may have diverged:"
                        + " lower the learning rate, or check the weights and the input");
            }
        }
    }

    private void add(float[] logits, int label) {
        int predicted = 0;
        for (int c = 1; c < classes; c++) {
            if (logits[c] > logits[predicted]) {
                predicted = c;
            }
        }
        confusion[label][predicted]++;
        if (rank(logits, label) < 5) {
            top5++;
        }
        boolean correct = label == predicted;
        double[] scaled = scaled(logits, temperature);
        double logSumExp = logSumExp(scaled, scaled[predicted]);
        double probability = Math.exp(scaled[predicted] - logSumExp);
        bins.add(probability, correct);
        if (temperature != 1) {
            double[] plain = scaled(logits, 1);
            binsAtOne.add(Math.exp(plain[predicted] - logSumExp(plain, plain[predicted])), correct);
        }
        predictions.add(new EvaluatedExample(label, predicted, probability, crossEntropy(scaled, label, logSumExp)));
    }

    private static double[] scaled(float[] logits, double temperature) {
        double[] scaled = new double[logits.length];
        Arrays.setAll(scaled, c -> logits[c] / temperature);
        return scaled;
    }

    /** How many classes come before {@code label}. */
    private static int rank(float[] logits, int label) {
        int before = 0;
        for (int c = 0; c < logits.length; c++) {
            if (logits[c] > logits[label] || (logits[c] == logits[label] && c < label)) {
                before++;
            }
        }
        return before;
    }

    private static double logSumExp(double[] logits, double largest) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - largest);
        }
        return largest + Math.log(sum);
    }

    private double crossEntropy(double[] logits, int label, double logSumExp) {
        double plain = logSumExp - logits[label];
        if (labelSmoothing == 0) {
            return plain;
        }
        double sum = 0;
        for (double logit : logits) {
            sum += logSumExp - logit;
        }
        return (1 - labelSmoothing) * plain + labelSmoothing / classes * sum;
    }
}
