package dev.inlay.data.transform;

/** The range of every probability. */
final class Probability {
    private Probability() {}

    static void check(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be a probability in [0, 1], not " + value);
        }
    }
}
