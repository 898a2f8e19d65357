package dev.inlay.data.loading;

import dev.inlay.random.Key;
import java.util.stream.IntStream;

/** In which order an epoch visits the examples. */
public final class Order {
    private Order() {}

    /** 0 … size-1. */
    public static int[] sequential(int size) {
        return IntStream.range(0, size).toArray();
    }

    /** A random order of 0 … size-1, equal for equal seed and epoch. */
    public static int[] shuffled(long seed, int epoch, int size) {
        return Key.of(seed, "order").at(epoch).permutation(size);
    }
}
