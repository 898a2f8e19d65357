package dev.inlay.checkpoint.pth;

import dev.inlay.checkpoint.safetensors.Dtype;

/**
 * A run of elements in a file that tensors are views of.
 *
 * @param key its name in the file
 * @param dtype the type of its elements
 * @param elements how many there are, at least 0
 */
public record Storage(String key, Dtype dtype, long elements) {
    /**
     * Checks that the bytes can be counted.
     *
     * @throws IllegalArgumentException if there are fewer than 0 or more than 2^60 elements
     */
    public Storage {
        if (elements < 0 || elements > 1L << 60) {
            throw new IllegalArgumentException(
                    "storage '" + key + "': expected between 0 and 2^60 elements, found " + elements);
        }
    }

    /** Its size in bytes. */
    public long bytes() {
        return elements * dtype.bytes();
    }

    /** The same bytes as elements of another type. */
    Storage as(Dtype other) {
        return new Storage(key, other, bytes() / other.bytes());
    }
}
