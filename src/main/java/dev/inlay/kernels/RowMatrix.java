package dev.inlay.kernels;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;

/**
 * A matrix as a native kernel sees it.
 *
 * @param tensor (count, width), the numbers of a row next to each other
 * @param stride from one row to the next, at least {@code width}
 */
record RowMatrix(Tensor tensor, long count, long width, long stride) {
    /** Of (…, width); copies only what has another layout. */
    static RowMatrix of(Tensor tensor) {
        long width = tensor.size(-1);
        Tensor rows = tensor.reshape(-1, width);
        long count = rows.size(0);
        boolean readable = rows.stride(1) == 1 && rows.stride(0) >= width;
        // where there is one row, or one column, LibTorch leaves the strides to chance
        Tensor packed = readable ? rows : rows.contiguous();
        return new RowMatrix(packed, count, width, readable ? rows.stride(0) : width);
    }

    /** Where its numbers begin. */
    long address() {
        return address(tensor);
    }

    /** Where the numbers of a tensor begin; an empty one has none, and null has none. */
    static long address(Tensor tensor) {
        Pointer data = tensor == null ? null : tensor.data_ptr();
        return data == null ? 0 : data.address();
    }
}
