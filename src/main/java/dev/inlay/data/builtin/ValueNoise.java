package dev.inlay.data.builtin;

import dev.inlay.random.Key;

/**
 * Randomness over the plane as pure functions of place and seed: independent bits per lattice point, and value noise,
 * random numbers on the lattice joined smoothly. Value noise looks its numbers up in a shuffled table, as Perlin's
 * "Improving noise" (SIGGRAPH 2002) does, and so repeats every 256 units.
 */
final class ValueNoise {
    private static final int PERIOD = 256;
    private static final int[] SHUFFLED = Key.of(0, "noise").permutation(PERIOD);

    private ValueNoise() {}

    /** 64 random bits of a lattice point. */
    static long bits(long column, long row, long seed) {
        long z = seed + column * 0x9E3779B97F4A7C15L + row * 0xC2B2AE3D27D4EB4FL;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Smooth noise in [0, 1] with features about one unit wide. */
    static double smooth(double u, double v, long seed) {
        double floorU = Math.floor(u);
        double floorV = Math.floor(v);
        int column = (int) floorU + (int) seed;
        int row = (int) floorV + (int) (seed >>> 32);
        double s = ease(u - floorU);
        double t = ease(v - floorV);
        int left = shuffled(column);
        int right = shuffled(column + 1);
        int topLeft = shuffled(left + row);
        int bottomLeft = shuffled(left + row + 1);
        double top = topLeft + s * (shuffled(right + row) - topLeft);
        double bottom = bottomLeft + s * (shuffled(right + row + 1) - bottomLeft);
        return (top + t * (bottom - top)) / (PERIOD - 1);
    }

    private static int shuffled(int i) {
        return SHUFFLED[i & (PERIOD - 1)];
    }

    private static double ease(double t) {
        return t * t * (3 - 2 * t);
    }
}
