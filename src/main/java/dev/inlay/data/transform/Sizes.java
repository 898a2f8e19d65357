package dev.inlay.data.transform;

/** The range of every size in pixels. */
final class Sizes {
    private static final int MAX = 16384;

    private Sizes() {}

    static void check(String name, int pixels) {
        if (pixels < 1 || pixels > MAX) {
            throw new IllegalArgumentException(name + " must be in [1, " + MAX + "] pixels, not " + pixels);
        }
    }
}
