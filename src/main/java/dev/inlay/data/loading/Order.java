package dev.inlay.data.loading;

import dev.inlay.random.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * In which order an epoch visits the examples. Of n examples, the draw i + k · n is example i for the k-th time more in this
 * epoch: it is augmented, and has its dropout drawn, for itself.
 */
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

    /**
     * Returns as many draws as there are examples, of every class equally often, or once more where that does not divide. A
     * class's draws are its examples in turn, so that each of them is drawn equally often, or once more. The order is random,
     * equal for equal seed, epoch and labels.
     *
     * @param labels of the examples, at least one
     */
    public static int[] balanced(long seed, int epoch, int[] labels) {
        Key key = Key.of(seed, "balanced").at(epoch);
        Map<Integer, List<Integer>> byLabel = new TreeMap<>();
        for (int i = 0; i < labels.length; i++) {
            byLabel.computeIfAbsent(labels[i], label -> new ArrayList<>()).add(i);
        }
        int classes = byLabel.size();
        int[] turn = key.at("classes").permutation(classes);
        int[] draws = new int[labels.length];
        int drawn = 0;
        int nth = 0;
        for (Map.Entry<Integer, List<Integer>> members : byLabel.entrySet()) {
            int[] order =
                    key.at(members.getKey()).permutation(members.getValue().size());
            int wanted = labels.length / classes + (turn[nth++] < labels.length % classes ? 1 : 0);
            for (int k = 0; k < wanted; k++) {
                int example = members.getValue().get(order[k % order.length]);
                draws[drawn++] = draw(example, k / order.length, labels.length);
            }
        }
        return Arrays.stream(key.at("order").permutation(draws.length))
                .map(i -> draws[i])
                .toArray();
    }

    /**
     * Returns the first draws of an order, each {@code repeats} times in a row, as many as there are: timm's RepeatAugSampler.
     *
     * @param draws as many as there are examples
     * @param repeats at least 1
     */
    public static int[] repeated(int[] draws, int repeats) {
        int size = draws.length;
        return IntStream.range(0, size)
                .map(k -> {
                    int first = draws[k / repeats];
                    return draw(example(first, size), (long) again(first, size) * repeats + k % repeats, size);
                })
                .toArray();
    }

    /** A draw of an example, the last one there is if it was drawn too often before. */
    private static int draw(int example, long again, int size) {
        return example + (int) Math.min(again, Integer.MAX_VALUE / size - 1) * size;
    }

    /** The example of a draw of {@code size} examples. */
    static int example(int draw, int size) {
        return draw % size;
    }

    /** How often the example of a draw was drawn before in its epoch. */
    static int again(int draw, int size) {
        return draw / size;
    }
}
