package dev.inlay.record;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The checks that the compact constructors of this package share. */
final class Check {
    private Check() {}

    static double fraction(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be a fraction in [0, 1], is " + value);
        }
        return value;
    }

    static Double fractionOrNull(String name, Double value) {
        return value == null ? null : Double.valueOf(fraction(name, value));
    }

    /** A {@link Quality#score}: a fraction, or an R², which may be negative. */
    static double score(String name, double value) {
        if (!(value <= 1 && Double.isFinite(value))) {
            throw new IllegalArgumentException(name + " must be a finite number of at most 1, is " + value);
        }
        return value;
    }

    static Double scoreOrNull(String name, Double value) {
        return value == null ? null : Double.valueOf(score(name, value));
    }

    static double finite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " must be finite, is " + value);
        }
        return value;
    }

    static long notNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative, is " + value);
        }
        return value;
    }

    /** An unmodifiable copy that keeps the order of {@code map}; empty for null. */
    static <K, V> Map<K, V> ordered(Map<K, V> map) {
        return map == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
}
