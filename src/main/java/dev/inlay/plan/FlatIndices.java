package dev.inlay.plan;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Immutable ascending row-major positions inside one tensor. */
public final class FlatIndices {
    private final int[] ascending;

    private FlatIndices(int[] ascending) {
        this.ascending = ascending;
    }

    /**
     * @param ascending strictly ascending, not negative; copied
     * @throws IllegalArgumentException if they are not
     */
    public static FlatIndices of(int... ascending) {
        int previous = -1;
        for (int index : ascending) {
            if (index <= previous) {
                throw new IllegalArgumentException("flat indices must ascend from 0: " + index + " follows "
                        + (previous < 0 ? "nothing" : previous));
            }
            previous = index;
        }
        return new FlatIndices(ascending.clone());
    }

    /**
     * The positions from the 64-bit numbers that files and LibTorch hold.
     *
     * @throws IllegalArgumentException if they do not ascend from 0 or exceed 2³¹ - 1
     */
    public static FlatIndices ofLongs(long... ascending) {
        int[] indices = new int[ascending.length];
        for (int i = 0; i < indices.length; i++) {
            if (ascending[i] < 0 || ascending[i] > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("flat index " + ascending[i] + " is outside 0 to 2147483647");
            }
            indices[i] = (int) ascending[i];
        }
        return of(indices);
    }

    /** How many positions there are. */
    public int size() {
        return ascending.length;
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return ascending.length == 0;
    }

    /**
     * @param i 0 to {@link #size()} - 1
     * @return the i-th smallest position
     */
    public int get(int i) {
        return ascending[i];
    }

    /** The largest position, or -1 if there are none. */
    public int last() {
        return isEmpty() ? -1 : ascending[ascending.length - 1];
    }

    /** The positions, ascending. */
    public IntStream stream() {
        return Arrays.stream(ascending);
    }

    /** A new array of the positions. */
    public int[] toArray() {
        return ascending.clone();
    }

    /** A new array of the positions as 64-bit numbers, the index type of LibTorch. */
    public long[] toLongArray() {
        return stream().asLongStream().toArray();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FlatIndices that && Arrays.equals(ascending, that.ascending);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ascending);
    }

    @Override
    public String toString() {
        String first = stream().limit(8).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        return size() <= 8 ? "[" + first + "]" : "[" + first + ", … " + size() + " in all]";
    }
}
