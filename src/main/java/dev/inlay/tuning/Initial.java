package dev.inlay.tuning;

import dev.inlay.random.Key;
import java.util.SplittableRandom;

/** Random initial values of trainables. */
public final class Initial {
    private Initial() {}

    /**
     * U(-bound, bound).
     *
     * @param key equal keys give equal values
     */
    public static float[] uniform(Key key, long count, double bound) {
        return uniform(key, count, -bound, bound);
    }

    /**
     * U(low, high).
     *
     * @param key equal keys give equal values
     */
    public static float[] uniform(Key key, long count, double low, double high) {
        SplittableRandom random = key.stream();
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(low, high);
        }
        return values;
    }

    /**
     * Kaiming-uniform with a = √5, PyTorch's default for linear layers: U(-1/√in, 1/√in).
     *
     * @param key equal keys give equal values
     * @param in width of what goes in
     */
    public static float[] linear(Key key, long out, long in) {
        return uniform(key, Math.multiplyExact(out, in), 1 / Math.sqrt((double) in));
    }

    /**
     * N(mean, std²).
     *
     * @param key equal keys give equal values
     */
    public static float[] normal(Key key, long count, double mean, double std) {
        SplittableRandom random = key.stream();
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + std * random.nextGaussian());
        }
        return values;
    }

    /**
     * N(0, std²), drawn again where it is more than two standard deviations from 0.
     *
     * @param key equal keys give equal values
     */
    public static float[] truncatedNormal(Key key, long count, double std) {
        SplittableRandom random = key.stream();
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            double value = random.nextGaussian();
            while (Math.abs(value) > 2) {
                value = random.nextGaussian();
            }
            values[i] = (float) (std * value);
        }
        return values;
    }
}
