package dev.inlay.tensor;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The numbers that a backbone multiplies with. Sums of products, the residual stream, norms, softmax, losses, logits and
 * everything trained are float32 in either.
 */
public enum Precision {
    /** Single precision. */
    FLOAT32(ScalarType.Float),
    /** bfloat16: frozen matrices, what they are multiplied with and what comes out, with 8 significant bits. */
    BF16(ScalarType.BFloat16);

    private final ScalarType dtype;

    Precision(ScalarType dtype) {
        this.dtype = dtype;
    }

    /** A tensor in these numbers: itself if it is, under autograd if it is not. */
    public Tensor of(Tensor tensor) {
        return is(tensor) ? tensor : tensor.to(dtype);
    }

    /** The precision that a tensor is in, if it is in one. */
    public static Optional<Precision> found(Tensor tensor) {
        return Arrays.stream(values()).filter(precision -> precision.is(tensor)).findFirst();
    }

    /** Whether a tensor is in these numbers. */
    public boolean is(Tensor tensor) {
        return tensor.scalar_type().intern() == dtype;
    }

    /** Whether a device multiplies these numbers by instructions of its own; otherwise it takes longer than in float32. */
    public boolean isNative(Device device) {
        return this == FLOAT32 || device.isCuda() || Processor.multipliesBf16();
    }

    /** The name that configs and files use. */
    @Override
    public String toString() {
        return this == FLOAT32 ? "float32" : "bf16";
    }
}
