package dev.inlay.train;

/**
 * The exponential moving average of what is trained, as timm's {@code ModelEmaV3}: after the first step the average is what
 * was learned, and after every later one d · average + (1 − d) · what was learned.
 *
 * @param decay d in [0, 1); 0 for no average
 * @param warmup whether step t has the smaller one of d and 1 − t^(−2/3) instead of d
 */
public record Averaging(double decay, boolean warmup) {
    /** What was learned last. */
    public static final Averaging NONE = new Averaging(0, false);

    private static final double POWER = -2.0 / 3;

    /**
     * @throws IllegalArgumentException if {@code decay} is outside its range
     */
    public Averaging {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("decay: expected 0 to below 1, found " + decay);
        }
    }

    /** Whether there is an average. */
    public boolean isMade() {
        return decay > 0;
    }

    /**
     * The part of the average that a step leaves.
     *
     * @param step of the training, from 1
     */
    double decay(long step) {
        if (step == 1) {
            return 0;
        }
        return warmup ? Math.min(decay, 1 - Math.pow((double) step, POWER)) : decay;
    }

    /**
     * The part of the average at the end of a training that is what its first step had learned; 0 without an average.
     *
     * @param steps of the training, at least 1
     */
    public double partOfFirstStep(long steps) {
        double part = isMade() ? 1 : 0;
        for (long step = 2; step <= steps && part > 0; step++) {
            part *= decay(step);
        }
        return part;
    }
}
