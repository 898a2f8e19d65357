package dev.inlay.train;

/**
 * One step of the optimiser.
 *
 * @param examples in the batch
 * @param loss mean over the batch, before the step
 * @param correct examples predicted right, before the step, with dropout and stochastic depth; of mixed images, the label with
 *     the larger share counts
 * @param gradientNorm of all gradients as one vector, before clipping
 * @param learningRate of the step
 */
public record StepResult(int examples, double loss, int correct, double gradientNorm, double learningRate) {}
