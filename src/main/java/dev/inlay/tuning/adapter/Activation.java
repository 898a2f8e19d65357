package dev.inlay.tuning.adapter;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What bends the inner vector of an adapter. */
public enum Activation {
    /** x Φ(x), exact. */
    GELU {
        @Override
        Tensor of(Tensor x) {
            return torch.gelu(x);
        }
    },
    /** max(x, 0). */
    RELU {
        @Override
        Tensor of(Tensor x) {
            return torch.relu(x);
        }
    };

    abstract Tensor of(Tensor x);
}
