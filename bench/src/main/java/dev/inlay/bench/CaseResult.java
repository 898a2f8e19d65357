package dev.inlay.bench;

/**
 * What a case costs.
 *
 * @param work the case
 * @param opened what it is
 * @param rounds how long it takes; null where only memory was measured
 * @param memory what it holds; null where the system does not tell
 * @param libTorchShare share of the working thread's time inside LibTorch, in [0, 1]; null if unknown
 */
public record CaseResult(BenchCase work, CaseInfo opened, Rounds rounds, Memory memory, Double libTorchShare) {
    /** Images per second in the median run; 0 where it takes none or was not timed. */
    public double imagesPerSecond() {
        return rounds == null ? 0 : opened.images() / rounds.median();
    }

    /** Operations per second of the backbone's products in the median run; 0 where there are none or it was not timed. */
    public double flopsPerSecond() {
        return rounds == null ? 0 : opened.flops() / rounds.median();
    }
}
