package dev.inlay.checkpoint.pth;

import java.util.List;

/**
 * A tensor of a file: which elements of a storage it consists of. Views may overlap, and a stride may be 0.
 *
 * @param storage what it is a view of
 * @param offset the position in the storage of its first element
 * @param shape the sizes, outermost first, each at least 0; empty for a single number; at most {@value #MAX_RANK} sizes
 * @param strides for each size, the distance in the storage between neighbours, at least 0
 */
public record TensorView(Storage storage, long offset, List<Long> shape, List<Long> strides) {
    static final int MAX_RANK = 64;
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    /**
     * Checks that the view lies inside its storage.
     *
     * @throws IllegalArgumentException if it does not, or if a number is negative or too large to be counted
     */
    public TensorView {
        shape = List.copyOf(shape);
        strides = List.copyOf(strides);
        if (shape.size() != strides.size() || shape.size() > MAX_RANK) {
            throw new IllegalArgumentException("expected as many strides as sizes and at most " + MAX_RANK + ", found "
                    + shape.size() + " sizes and " + strides.size() + " strides");
        }
        if (offset < 0 || anyNegative(shape) || anyNegative(strides)) {
            throw new IllegalArgumentException("expected an offset, sizes and strides of at least 0, found offset "
                    + offset + ", sizes " + shape + ", strides " + strides);
        }
        try {
            long reach = Math.addExact(offset, span(shape, strides));
            if (elements(shape) > MAX_ELEMENTS) {
                throw new IllegalArgumentException(
                        "a tensor of sizes " + shape + ": expected at most " + MAX_ELEMENTS + " elements");
            }
            if (reach > storage.elements()) {
                throw new IllegalArgumentException("a tensor of sizes " + shape + ", strides " + strides
                        + " and offset " + offset + ": expected to end within the " + storage.elements()
                        + " elements of storage '" + PthException.shown(storage.key()) + "', found its end at "
                        + reach);
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "a tensor of sizes " + shape + " and strides " + strides + ": expected fewer than 2^63 elements",
                    e);
        }
    }

    /** The number of elements: 1 for a single number, 0 if any size is 0. */
    public long elements() {
        return elements(shape);
    }

    /** Whether the elements are floating-point numbers. */
    public boolean isFloating() {
        return storage.dtype().isFloating();
    }

    /** The sizes as a new array. */
    public long[] sizes() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** How many elements of the storage lie between the first and the last one of the view, both counted. */
    long span() {
        return span(shape, strides);
    }

    /** The positions of the elements, row-major, counted from {@link #offset}. */
    int[] positions() {
        int[] positions = new int[Math.toIntExact(elements())];
        int filled = 1;
        for (int d = 0; d < shape.size() && positions.length > 0; d++) {
            int size = Math.toIntExact(shape.get(d));
            long stride = strides.get(d);
            for (int i = filled - 1; i >= 0; i--) {
                for (int j = size - 1; j >= 0; j--) {
                    positions[i * size + j] = Math.toIntExact(positions[i] + j * stride);
                }
            }
            filled *= size;
        }
        return positions;
    }

    /** Whether the elements follow one another in the storage as they do in the tensor. */
    boolean isContiguous() {
        long expected = 1;
        for (int d = shape.size() - 1; d >= 0; d--) {
            if (shape.get(d) != 1 && strides.get(d) != expected) {
                return false;
            }
            expected *= shape.get(d);
        }
        return true;
    }

    private static boolean anyNegative(List<Long> numbers) {
        return numbers.stream().anyMatch(number -> number < 0);
    }

    private static long elements(List<Long> shape) {
        return shape.contains(0L) ? 0 : shape.stream().reduce(1L, Math::multiplyExact);
    }

    private static long span(List<Long> shape, List<Long> strides) {
        if (shape.contains(0L)) {
            return 0;
        }
        long last = 0;
        for (int d = 0; d < shape.size(); d++) {
            last = Math.addExact(last, Math.multiplyExact(shape.get(d) - 1, strides.get(d)));
        }
        return Math.addExact(last, 1);
    }
}
