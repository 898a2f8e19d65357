package dev.inlay.checkpoint.npz;

import java.util.List;

/** Walks the elements of an array in column-major order and says where each lies in row-major order. */
final class ColumnMajor {
    private final int[] index;
    private final int[] sizes;
    private final int[] strides;
    private int position;

    /**
     * @param shape with fewer than 2^31 elements
     */
    ColumnMajor(List<Long> shape) {
        index = new int[shape.size()];
        sizes = shape.stream().mapToInt(Math::toIntExact).toArray();
        strides = new int[sizes.length];
        int stride = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= sizes[axis];
        }
    }

    /** The row-major position of the next element. */
    int next() {
        int here = position;
        for (int axis = 0; axis < sizes.length; axis++) {
            position += strides[axis];
            if (++index[axis] < sizes[axis]) {
                break;
            }
            position -= sizes[axis] * strides[axis];
            index[axis] = 0;
        }
        return here;
    }
}
