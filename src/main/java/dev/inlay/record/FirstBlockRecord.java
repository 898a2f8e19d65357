package dev.inlay.record;

import java.util.List;

/**
 * From which block on the backbone was tuned, and what that costs in accuracy and saves in time.
 *
 * @param tolerance how far below the best accuracy on the validation split the chosen one may be, as a fraction
 * @param tried in rising order of their blocks, one of them chosen
 */
public record FirstBlockRecord(double tolerance, List<FirstBlockTrial> tried) {
    /** Far below one image, so that a whole image less is not decided by how fractions are rounded. */
    private static final double ROUNDING = 1e-9;

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if {@code tolerance} is outside [0, 1]
     */
    public FirstBlockRecord {
        Check.fraction("tolerance", tolerance);
        tried = List.copyOf(tried);
    }

    /**
     * Chooses the last block whose accuracy is no further below the best than the noise of the best: one standard error
     * √(p (1 - p) / n) of a share p of n images, and at least one image, 1 / n (the one-standard-error rule of Breiman,
     * Friedman, Olshen and Stone, Classification and Regression Trees, 1984, section 3.4.3).
     *
     * @param trials at least one, in rising order of their blocks
     * @param examples n, the size of the validation split, at least 1
     */
    public static FirstBlockRecord of(List<FirstBlockTrial> trials, int examples) {
        double best = trials.stream()
                .mapToDouble(FirstBlockTrial::validationTop1)
                .max()
                .orElseThrow();
        double tolerance = Math.max(1, Math.sqrt(best * (1 - best) * examples)) / examples;
        double bound = best - tolerance - ROUNDING;
        int chosen = trials.stream()
                .filter(trial -> trial.validationTop1() >= bound)
                .mapToInt(FirstBlockTrial::block)
                .max()
                .orElseThrow();
        return new FirstBlockRecord(
                tolerance,
                trials.stream()
                        .map(trial -> new FirstBlockTrial(
                                trial.block(), trial.validationTop1(), trial.seconds(), trial.block() == chosen))
                        .toList());
    }

    /** The chosen block. */
    public int block() {
        return tried.stream()
                .filter(FirstBlockTrial::chosen)
                .mapToInt(FirstBlockTrial::block)
                .findFirst()
                .orElseThrow();
    }
}
