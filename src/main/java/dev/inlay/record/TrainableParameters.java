package dev.inlay.record;

import java.util.Locale;

/**
 * How many numbers were trained, by what they are.
 *
 * @param total all of them
 * @param withoutHead what the budget speaks about: all but the head
 * @param head weights and biases of the classifier
 * @param modules LoRA, adapter or prompt modules
 * @param vectors biases and norm parameters tuned whole
 * @param sparse individual weights
 * @param classToken the class token, its length or 0
 */
public record TrainableParameters(
        long total, long withoutHead, long head, long modules, long vectors, long sparse, long classToken) {
    /**
     * The parts of a tuned backbone; the sums are made here.
     *
     * @param backbone parameters of the backbone trained whole, which no other part names
     * @throws IllegalArgumentException if one is negative
     */
    public static TrainableParameters ofParts(
            long head, long backbone, long modules, long vectors, long sparse, long classToken) {
        long withoutHead = backbone + modules + vectors + sparse + classToken;
        return new TrainableParameters(withoutHead + head, withoutHead, head, modules, vectors, sparse, classToken);
    }

    /**
     * @throws IllegalArgumentException if a count is negative, {@code total} is not {@code withoutHead + head}, or the
     *     named parts are more than {@code withoutHead} (fewer is right where weights are trained that no part names,
     *     as in full fine-tuning)
     */
    public TrainableParameters {
        Check.notNegative("head", head);
        Check.notNegative("modules", modules);
        Check.notNegative("vectors", vectors);
        Check.notNegative("sparse", sparse);
        Check.notNegative("classToken", classToken);
        if (total != withoutHead + head) {
            throw new IllegalArgumentException(
                    "total must be withoutHead + head = " + (withoutHead + head) + ", is " + total);
        }
        if (modules + vectors + sparse + classToken > withoutHead) {
            throw new IllegalArgumentException("modules + vectors + sparse + classToken = "
                    + (modules + vectors + sparse + classToken) + " is more than withoutHead = " + withoutHead);
        }
    }

    /** Returns the counts in words, such as {@code 27,622 and a head of 1,930}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%,d and a head of %,d", withoutHead, head);
    }
}
