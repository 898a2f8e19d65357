package dev.inlay.data.builtin;

import dev.inlay.random.Key;
import java.util.List;
import java.util.SplittableRandom;

/** The stream of a key with the draws that scenes need; only exact arithmetic, so equal on every machine. */
final class Dice {
    private final SplittableRandom random;

    Dice(Key key) {
        this.random = key.stream();
    }

    /** Uniform in [0, 1). */
    double uniform() {
        return (random.nextLong() >>> 11) * 0x1.0p-53;
    }

    /** Uniform in [low, high). */
    double between(double low, double high) {
        return low + (high - low) * uniform();
    }

    /** Between two positive numbers, uniform in the logarithm. */
    double logBetween(double low, double high) {
        return low * StrictMath.pow(high / low, uniform());
    }

    /** Uniform in 0 … n-1. */
    int below(int n) {
        return (int) (uniform() * n);
    }

    /** True with probability {@code p}. */
    boolean chance(double p) {
        return uniform() < p;
    }

    /** A direction in radians, uniform in [0, 2π). */
    double angle() {
        return 2 * StrictMath.PI * uniform();
    }

    /** One element, each as likely. */
    <T> T pick(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    /** 64 random bits, for what needs a seed of its own. */
    long bits() {
        return random.nextLong();
    }
}
