package dev.inlay.train.optim;

import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import org.bytedeco.pytorch.Tensor;

/**
 * A tensor in training.
 *
 * @param name unique among the parameters of a run, such as {@code lora.blocks.0.attn.q.A}
 * @param tensor a contiguous leaf that requires a gradient; borrowed
 * @param kind what it is to the network
 */
public record Parameter(String name, Tensor tensor, Kind kind) {
    /**
     * @throws IllegalArgumentException if the tensor is not a contiguous leaf that requires a gradient
     */
    public Parameter {
        if (!tensor.is_leaf() || !tensor.requires_grad() || !tensor.is_contiguous()) {
            throw new IllegalArgumentException(name + ": expected a contiguous leaf that requires a gradient, found "
                    + (tensor.is_leaf() ? "a leaf" : "the result of an operation") + " of shape "
                    + Tensors.shapeOf(tensor) + (tensor.requires_grad() ? "" : " without gradient")
                    + (tensor.is_contiguous() ? "" : ", not contiguous"));
        }
    }
}
