package dev.inlay.train.probe;

/**
 * How well a solution was found.
 *
 * @param iterations line searches made
 * @param relativeGradient the norm of the gradient, divided by its norm where all weights are zero
 * @param converged true if that is within the tolerance asked for
 */
public record Convergence(int iterations, double relativeGradient, boolean converged) {}
