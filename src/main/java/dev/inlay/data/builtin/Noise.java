package dev.inlay.data.builtin;

/** Value noise: random numbers on the integer lattice, joined smoothly. A pure function of place and seed. */
final class Noise {
    private Noise() {}

    /** The random number of a lattice point, uniform in [0, 1). */
    static double lattice(long column, long row, long seed) {
        return (hash(column, row, seed) >>> 11) * 0x1.0p-53;
    }

    /** 64 random bits of a lattice point. */
    static long hash(long column, long row, long seed) {
        long z = seed + column * 0x9E3779B97F4A7C15L + row * 0xC2B2AE3D27D4EB4FL;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Smooth noise in [0, 1) with features about one unit wide. */
    static double smooth(double u, double v, long seed) {
        double column = Math.floor(u);
        double row = Math.floor(v);
        long c = (long) column;
        long r = (long) row;
        double s = ease(u - column);
        double t = ease(v - row);
        double top = lattice(c, r, seed) + s * (lattice(c + 1, r, seed) - lattice(c, r, seed));
        double bottom = lattice(c, r + 1, seed) + s * (lattice(c + 1, r + 1, seed) - lattice(c, r + 1, seed));
        return top + t * (bottom - top);
    }

    private static double ease(double t) {
        return t * t * (3 - 2 * t);
    }
}
