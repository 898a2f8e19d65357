package dev.inlay.inference;

import dev.inlay.data.LabelSpace;

/** Accumulates an {@link Evaluation} from batches of outputs, in double precision. For one thread. */
public sealed interface Evaluator permits ClassEvaluator, ClassSetEvaluator, NumberEvaluator {
    /**
     * Adds a batch.
     *
     * @param outputs of a head, row by row
     * @param targets of as many examples, one {@link dev.inlay.data.Examples#target} after the other
     * @throws dev.inlay.error.InlayException if an output is not finite; names the example, and nothing of the batch counts
     * @throws IllegalArgumentException if there are not as many outputs as the targets need
     */
    void add(float[] outputs, float[] targets);

    /**
     * The evaluation of all that was added so far.
     *
     * @throws dev.inlay.error.DataException if that is nothing
     */
    Evaluation result();

    /**
     * Begins an evaluation.
     *
     * @param labels how outputs are read
     * @param temperature what logits of classes are divided by; 1 for nothing
     */
    static Evaluator of(LabelSpace labels, double temperature) {
        return switch (labels.kind()) {
            case SINGLE -> new ClassEvaluator(labels.size(), 0, temperature);
            case MULTI -> new ClassSetEvaluator((LabelSpace.ClassSet) labels);
            case NUMBERS -> new NumberEvaluator((LabelSpace.Numbers) labels);
            case MASKS -> throw new IllegalArgumentException("masks are evaluated pixel by pixel");
        };
    }
}
