package dev.inlay.tuning;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What bends the inner vector of an adapter. */
public enum Activation implements UnaryOperator<Tensor> {
    /** x Φ(x), exact. */
    GELU {
        @Override
        public Tensor apply(Tensor x) {
            return torch.gelu(x);
        }
    },
    /** max(x, 0). */
    RELU {
        @Override
        public Tensor apply(Tensor x) {
            return torch.relu(x);
        }
    };
}
