package dev.inlay.inference;

import dev.inlay.record.Quality;

/**
 * An evaluation of labels other than one class for each image.
 *
 * @param quality how good the model is
 * @param loss the mean over the examples of what a training minimises, without smoothing
 */
public record QualityEvaluation(Quality quality, double loss) implements Evaluation {}
