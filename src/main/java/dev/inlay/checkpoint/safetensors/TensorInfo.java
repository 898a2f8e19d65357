package dev.inlay.checkpoint.safetensors;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What a file says about one tensor, without its elements.
 *
 * @param name the tensor's name, as {@code blocks.0.attn.qkv.weight}; not {@code __metadata__}, which the format keeps
 *     for itself
 * @param dtype the element type
 * @param shape the sizes, outermost first, each at least 0; empty for a single number; at most {@value #MAX_RANK} sizes
 */
public record TensorInfo(String name, Dtype dtype, List<Long> shape) {
    static final int MAX_RANK = 64;
    static final String METADATA_KEY = "__metadata__";

    /**
     * Checks the name and the shape.
     *
     * @throws IllegalArgumentException if the name is reserved or not Unicode text, a size is negative, there are
     *     too many sizes, or the bytes cannot be counted in a long
     */
    public TensorInfo {
        Objects.requireNonNull(dtype, "dtype");
        shape = List.copyOf(shape);
        if (name.equals(METADATA_KEY)) {
            throw new IllegalArgumentException("a tensor cannot be called " + METADATA_KEY);
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new IllegalArgumentException("name: expected Unicode text, found a surrogate without its other half");
        }
        if (shape.size() > MAX_RANK) {
            throw new IllegalArgumentException("shape: expected at most " + MAX_RANK + " sizes, found " + shape.size());
        }
        long bytes = dtype.bytes();
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("shape: expected sizes of at least 0, found " + shape);
            }
            try {
                bytes = Math.multiplyExact(bytes, size);
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException("shape: expected fewer than 2^63 bytes, found " + shape, e);
            }
        }
    }

    /**
     * The same with the sizes as an array.
     *
     * @throws IllegalArgumentException as the constructor
     */
    public static TensorInfo of(String name, Dtype dtype, long... shape) {
        return new TensorInfo(name, dtype, Arrays.stream(shape).boxed().toList());
    }

    /** The sizes as a new array. */
    public long[] sizes() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** The number of elements: 1 for a single number, 0 if any size is 0. */
    public long elements() {
        long elements = 1;
        for (long size : shape) {
            elements *= size;
        }
        return elements;
    }

    /** The size of the tensor in the file, in bytes. */
    public long byteLength() {
        return elements() * dtype.bytes();
    }
}
