package dev.inlay.tensor;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Lifetime and conversion of tensors. Unless a method says "owned", its result belongs to the caller's scope. */
public final class Tensors {
    static {
        LibTorch.load();
    }

    private Tensors() {}

    /**
     * Makes the caller the owner of {@code pointer}: no scope frees it, only {@link #release}.
     *
     * @return {@code pointer}
     */
    public static <P extends Pointer> P own(P pointer) {
        pointer.retainReference();
        return pointer;
    }

    /** Ends an ownership taken by {@link #own}; a pointer that is already freed is left alone. */
    public static void release(Pointer pointer) {
        if (pointer != null && !pointer.isNull()) {
            pointer.releaseReference();
        }
    }

    /**
     * Runs {@code body} in a scope of its own, so that its temporaries are freed at once, and hands its result to the
     * scope around it.
     *
     * @throws IllegalStateException if there is no scope around it
     */
    public static Tensor scoped(Supplier<Tensor> body) {
        PointerScope outer = PointerScope.getInnerScope();
        if (outer == null) {
            throw new IllegalStateException("scoped() needs a PointerScope around it on this thread");
        }
        try (PointerScope inner = new PointerScope()) {
            Tensor result = body.get();
            outer.attach(result);
            return result;
        }
    }

    /** A float32 tensor with a copy of {@code values}, row-major. */
    public static Tensor of(float[] values, long... shape) {
        try (TensorOptions options = new TensorOptions(ScalarType.Float);
                MemoryFormatOptional format = new MemoryFormatOptional()) {
            Tensor tensor = torch.empty(shape, options, format);
            if (values.length != tensor.numel()) {
                throw new IllegalArgumentException("expected " + tensor.numel() + " numbers for the shape "
                        + Arrays.toString(shape) + ", found " + values.length);
            }
            if (values.length > 0) { // otherwise it has no memory
                new FloatPointer(tensor.data_ptr()).put(values);
            }
            return tensor;
        }
    }

    /** A float64 tensor with a copy of {@code values}, row-major. */
    public static Tensor of(double[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** An int64 tensor with a copy of {@code values}, row-major. */
    public static Tensor of(long[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** A uint8 tensor with a copy of {@code values}, row-major. */
    public static Tensor of(byte[] values, long... shape) {
        try (Tensor signed = Tensor.create(values, shape)) {
            return signed.to(ScalarType.Byte);
        }
    }

    /** An int64 vector with the values of {@code values}. */
    public static Tensor indices(int[] values) {
        return Tensor.create(Arrays.stream(values).asLongStream().toArray(), values.length);
    }

    /** The values of a float32 tensor, row-major. */
    public static float[] floats(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.numel())];
        floats(tensor, values, 0);
        return values;
    }

    /** Writes the values of a float32 tensor, row-major, into {@code target} from {@code offset}. */
    public static void floats(Tensor tensor, float[] target, int offset) {
        try (PointerScope scope = new PointerScope()) {
            boolean isPlain = tensor.is_cpu()
                    && tensor.is_contiguous()
                    && tensor.scalar_type().intern() == ScalarType.Float;
            Tensor plain = isPlain
                    ? tensor
                    : tensor.detach().to(ScalarType.Float).cpu().contiguous();
            new FloatPointer(plain.data_ptr()).get(target, offset, Math.toIntExact(plain.numel()));
        }
    }

    /** The values of a floating tensor in double precision, row-major. */
    public static double[] doubles(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            Tensor plain = tensor.detach().to(ScalarType.Double).cpu().contiguous();
            double[] values = new double[Math.toIntExact(plain.numel())];
            new DoublePointer(plain.data_ptr()).get(values);
            return values;
        }
    }

    /** The values of an integer tensor, row-major. */
    public static long[] longs(Tensor tensor) {
        try (PointerScope scope = new PointerScope()) {
            Tensor plain = tensor.detach().to(ScalarType.Long).cpu().contiguous();
            long[] values = new long[Math.toIntExact(plain.numel())];
            new LongPointer(plain.data_ptr()).get(values);
            return values;
        }
    }

    /** The sizes of a tensor. */
    public static long[] shape(Tensor tensor) {
        long[] shape = new long[Math.toIntExact(tensor.dim())];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = tensor.size(i);
        }
        return shape;
    }

    /** The sizes of a tensor as a value that can be compared and printed. */
    public static List<Long> shapeOf(Tensor tensor) {
        return Arrays.stream(shape(tensor)).boxed().toList();
    }

    /** The same for each of several, in their order. */
    public static Map<String, List<Long>> shapesOf(Map<String, Tensor> tensors) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shapes.put(name, shapeOf(tensor)));
        return shapes;
    }

    /** {@code tensors} one after the other along dimension {@code dim}. */
    public static Tensor cat(List<Tensor> tensors, long dim) {
        return torch.cat(new TensorVector(tensors.toArray(Tensor[]::new)), dim);
    }

    /**
     * Views of a tensor one behind the other. Their gradients are put together in one go, where those of views taken one by one would each
     * be filled up with zeros and added.
     *
     * @param size of each view along {@code dim}; divides that of {@code tensor}
     */
    public static List<Tensor> split(Tensor tensor, long size, long dim) {
        TensorVector parts = tensor.split(size, dim);
        return LongStream.range(0, parts.size())
                .mapToObj(i -> new Tensor(parts.get(i)))
                .toList();
    }

    /** An optional argument of a LibTorch function: {@code tensor}, or nothing for null. */
    public static TensorOptional optional(Tensor tensor) {
        return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
    }
}
