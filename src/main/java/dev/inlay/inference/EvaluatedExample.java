package dev.inlay.inference;

/**
 * What was predicted for one example.
 *
 * @param label its true class
 * @param predicted the class with the largest logit, the lowest of equals
 * @param probability the softmax probability of {@code predicted}, in (0, 1]
 * @param crossEntropy minus the log-probability of {@code label} in nats (with smoothing if the evaluator smooths), at
 *     least 0
 */
public record EvaluatedExample(int label, int predicted, double probability, double crossEntropy) {
    /** True if the example was predicted right. */
    public boolean correct() {
        return label == predicted;
    }
}
