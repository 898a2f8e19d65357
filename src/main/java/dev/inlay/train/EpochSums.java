package dev.inlay.train;

/**
 * What the steps of one epoch add up to so far; part of what a journal saves.
 *
 * @param examples seen
 * @param loss sum of the examples' losses
 * @param correct examples predicted right, with the noise of training
 * @param gradientNorm sum over the steps
 * @param steps taken
 */
public record EpochSums(long examples, double loss, long correct, double gradientNorm, int steps) {
    /** Nothing yet. */
    public static final EpochSums NONE = new EpochSums(0, 0, 0, 0, 0);

    EpochSums plus(StepResult step) {
        return new EpochSums(
                examples + step.examples(),
                loss + step.loss() * step.examples(),
                correct + step.correct(),
                gradientNorm + step.gradientNorm(),
                steps + 1);
    }
}
