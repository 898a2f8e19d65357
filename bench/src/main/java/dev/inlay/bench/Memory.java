package dev.inlay.bench;

/**
 * Physical memory of the process that did the work.
 *
 * @param heldBytes before the first run, everything made ready
 * @param peakBytes the most during the first runs, what was held before included
 */
public record Memory(long heldBytes, long peakBytes) {}
