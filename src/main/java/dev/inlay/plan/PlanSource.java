package dev.inlay.plan;

/**
 * Where the scores behind a plan come from.
 *
 * @param backbone fingerprint of the backbone's weights
 * @param scores what the scores are: their file, or how they were computed
 */
public record PlanSource(String backbone, String scores) {}
