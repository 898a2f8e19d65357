package dev.inlay.tensor;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** The numbers that products are computed with; what is trained is float32 in either. */
public enum Precision {
    /** Single precision. */
    FLOAT32,
    /** bfloat16 where LibTorch's autocast holds it to be safe: products, convolutions, attention. */
    BF16;

    /**
     * Has the operations of this thread computed so while what is returned is open.
     *
     * @param device of the tensors
     */
    public Autocast on(Device device) {
        return this == FLOAT32 ? Autocast.none() : new Autocast(device, ScalarType.BFloat16);
    }
}
