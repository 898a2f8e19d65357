package dev.inlay.inference;

import dev.inlay.record.Quality;

/** The result of evaluating a model on labelled examples, by the kind of their labels. */
public sealed interface Evaluation permits ClassEvaluation, QualityEvaluation, MaskEvaluation {
    /** Returns how good the model is, as it is recorded. */
    Quality quality();

    /** The mean loss over the examples, without smoothing and weights; tells evaluations of equal score apart. */
    double loss();

    /** The one number in which models are compared, the higher the better, see {@link Quality#score}. */
    default double score() {
        return quality().score();
    }
}
