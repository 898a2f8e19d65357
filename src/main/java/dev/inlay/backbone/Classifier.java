package dev.inlay.backbone;

/**
 * A classifier on features: logits = features · weightᵀ + bias.
 *
 * @param weight (C, D) row-major
 * @param bias (C)
 */
public record Classifier(float[] weight, float[] bias) {
    /** Number of classes, C. */
    public int classes() {
        return bias.length;
    }
}
