package dev.inlay.data.builtin;

import java.util.List;

/** How two colours share a surface. A pattern repeats about once per unit; edges are soft, so that it can be sampled. */
public enum Pattern {
    /** The first colour alone. */
    PLAIN {
        @Override
        double at(double u, double v, long seed) {
            return 0;
        }
    },
    /** Parallel bands. */
    STRIPES {
        @Override
        double at(double u, double v, long seed) {
            return step(hill(u));
        }
    },
    /** A chess board. */
    CHECKS {
        @Override
        double at(double u, double v, long seed) {
            double a = step(hill(u));
            double b = step(hill(v));
            return a + b - 2 * a * b;
        }
    },
    /** Discs on a square lattice. */
    DOTS {
        @Override
        double at(double u, double v, long seed) {
            double x = fraction(u) - 0.5;
            double y = fraction(v) - 0.5;
            return step(0.5 + 2 * (0.31 - Math.sqrt(x * x + y * y)));
        }
    },
    /** Courses of bricks, each shifted by half a brick. */
    BRICKS {
        @Override
        double at(double u, double v, long seed) {
            double row = Math.floor(v * 1.6);
            double x = fraction(u * 0.8 + (((long) row & 1) == 0 ? 0 : 0.5));
            double y = v * 1.6 - row;
            double joint = Math.min(Math.min(x, 1 - x) / 0.8, Math.min(y, 1 - y) / 1.6);
            return step(0.5 + 2 * (joint - 0.09));
        }
    },
    /** Bands that swing from side to side. */
    WAVES {
        @Override
        double at(double u, double v, long seed) {
            return step(hill(u + 0.45 * (swing(0.5 * v) - 0.5)));
        }
    },
    /** Two octaves of smooth noise. */
    CLOUDS {
        @Override
        double at(double u, double v, long seed) {
            double sum = 0.64 * ValueNoise.smooth(u, v, seed) + 0.36 * ValueNoise.smooth(2.3 * u, 2.3 * v, seed + 1);
            return Math.max(0, Math.min(1, 0.5 + 1.8 * (sum - 0.5)));
        }
    },
    /** Circles around one centre. */
    TARGET {
        @Override
        double at(double u, double v, long seed) {
            return step(hill(Math.sqrt(u * u + v * v)));
        }
    },
    /** Cells of irregular shape, lighter towards their middle (Worley: "A cellular texture basis function", 1996). */
    CELLS {
        @Override
        double at(double u, double v, long seed) {
            long column = (long) Math.floor(u);
            long row = (long) Math.floor(v);
            double nearest = 9;
            double second = 9;
            for (long c = column - 1; c <= column + 1; c++) {
                for (long r = row - 1; r <= row + 1; r++) {
                    long bits = ValueNoise.bits(c, r, seed);
                    double x = c + (bits >>> 40) * 0x1.0p-24 - u;
                    double y = r + (bits & 0xFFFFFF) * 0x1.0p-24 - v;
                    double d = x * x + y * y;
                    second = Math.min(second, Math.max(d, nearest));
                    nearest = Math.min(nearest, d);
                }
            }
            return step(0.5 + 2 * (Math.sqrt(second) - Math.sqrt(nearest) - 0.13));
        }
    },
    /** Bands with sharp turns. */
    ZIGZAG {
        @Override
        double at(double u, double v, long seed) {
            return step(hill(u + 0.7 * hill(0.7 * v)));
        }
    },
    /** Thin crossing lines. */
    GRID {
        @Override
        double at(double u, double v, long seed) {
            double line = Math.max(hill(u), hill(v));
            return step(line - 0.22);
        }
    },
    /** Overlapping scales, as on a fish. */
    SCALES {
        @Override
        double at(double u, double v, long seed) {
            double row = Math.floor(v * 1.3);
            double x = fraction(u + (((long) row & 1) == 0 ? 0 : 0.5)) - 0.5;
            double y = v * 1.3 - row;
            return Math.max(0, Math.min(1, 1.15 * (y - 0.55 + 2.2 * x * x) + 0.5));
        }
    },
    /** Short strokes in rows, each shifted by half a stroke. */
    DASHES {
        @Override
        double at(double u, double v, long seed) {
            double row = Math.floor(v * 1.5);
            double x = fraction(0.6 * u + (((long) row & 1) == 0 ? 0 : 0.5)) - 0.5;
            double y = v * 1.5 - row - 0.5;
            return Math.min(step(0.5 + 3 * (0.3 - Math.abs(x))), step(0.5 + 2 * (0.22 - Math.abs(y))));
        }
    },
    /** Small squares, each of the one or the other colour at random. */
    SPECKLE {
        @Override
        double at(double u, double v, long seed) {
            return ValueNoise.bits((long) Math.floor(2.2 * u), (long) Math.floor(2.2 * v), seed) < 0 ? 1 : 0;
        }
    },
    /** Squares within squares. */
    NESTED {
        @Override
        double at(double u, double v, long seed) {
            double x = fraction(0.45 * u) - 0.5;
            double y = fraction(0.45 * v) - 0.5;
            return step(hill(4 * Math.max(Math.abs(x), Math.abs(y))));
        }
    },
    /** Crossing bands, darkest where they meet. */
    TARTAN {
        @Override
        double at(double u, double v, long seed) {
            return 0.5 * (step(hill(0.8 * u)) + step(hill(0.8 * v)));
        }
    };

    /** The classes of the texture task. */
    static final List<Pattern> TEXTURES = List.of(STRIPES, CHECKS, DOTS, BRICKS, WAVES, CLOUDS, TARGET, CELLS);

    /** What bodies of the pretraining mix are covered with; none of {@link #TEXTURES}. */
    static final List<Pattern> PRETRAINING = List.of(PLAIN, ZIGZAG, GRID, SCALES, DASHES, SPECKLE, NESTED, TARTAN);

    /**
     * The share of the second colour, 0 … 1, at a place.
     *
     * @param u across, in periods
     * @param v down, in periods
     * @param seed of the patterns that have randomness in them
     */
    abstract double at(double u, double v, long seed);

    private static double fraction(double t) {
        return t - Math.floor(t);
    }

    /** A triangle wave of period 1: 0 at integers, 1 halfway. */
    private static double hill(double t) {
        return 1 - Math.abs(2 * fraction(t) - 1);
    }

    /** A smooth wave of period 1 between 0 and 1. */
    private static double swing(double t) {
        double h = hill(t);
        return h * h * (3 - 2 * h);
    }

    /** A soft step at one half. */
    private static double step(double t) {
        return Math.max(0, Math.min(1, 0.5 + 5 * (t - 0.5)));
    }
}
