package dev.inlay.random;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * The key of one stream of random numbers: a seed, a purpose, and where in the run the numbers are used (epoch, sample,
 * block …). Equal keys give equal streams on every machine; nothing about the order of other draws matters.
 */
public final class Key {
    private final long state;

    private Key(long state) {
        this.state = state;
    }

    /**
     * @param seed the run's seed
     * @param purpose what the numbers are for, such as {@code "order"} or {@code "dropPath"}
     */
    public static Key of(long seed, String purpose) {
        long state = mix(seed);
        for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
            state = mix(state ^ b);
        }
        return new Key(state);
    }

    /** The key of a place below this one; different places give independent streams. */
    public Key at(long place) {
        return new Key(mix(state ^ mix(place + 0x9E3779B97F4A7C15L)));
    }

    /** The key of a named place below this one. */
    public Key at(String place) {
        long s = state;
        for (byte b : place.getBytes(StandardCharsets.UTF_8)) {
            s = mix(s ^ b);
        }
        return new Key(mix(s));
    }

    /** The 64 bits this key stands for, for instance to seed another generator. */
    public long bits() {
        return state;
    }

    /** A uniform number in [0, 1) with 53 random bits: the first of the stream. */
    public double uniform() {
        return (mix(state) >>> 11) * 0x1.0p-53;
    }

    /** The stream itself, from its start. */
    public SplittableRandom stream() {
        return new SplittableRandom(state);
    }

    /** A random order of 0 … n-1 (Fisher–Yates). */
    public int[] permutation(int n) {
        int[] order = new int[n];
        SplittableRandom random = stream();
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
