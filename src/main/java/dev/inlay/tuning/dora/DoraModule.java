package dev.inlay.tuning.dora;

import dev.inlay.backbone.Noise;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Mergeable;
import java.util.Optional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Turns y = x Wᵀ + b into x W'ᵀ + b with W' = m ⊙ (W + scale · B A) / n, n the norms of the rows of W + scale · B A, which
 * count as constant in the gradient (Liu et al., arXiv 2402.09353, equation 5 and section 4.3). With g = m / n the output is
 * y + (g - 1) ⊙ (y - b) + g ⊙ scale · B A x: no gradient of W, and exactly y while m = n and B = 0.
 *
 * @param place names the module to the noise
 * @param weight (out, in) W, frozen
 * @param bias (out) b, frozen; empty if the product has none
 * @param a (rank, in) trainable
 * @param b (out, rank) trainable
 * @param magnitude (out) m, trainable
 * @param scale alpha / rank
 * @param dropout on the input of A, in [0, 1)
 */
record DoraModule(
        String place,
        Tensor weight,
        Optional<Tensor> bias,
        Tensor a,
        Tensor b,
        Tensor magnitude,
        double scale,
        double dropout)
        implements Mergeable {
    private static final double SMALLEST_NORM = 1e-12;

    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        Tensor gain = magnitude.div(norms()); // (out)
        Tensor product = bias.map(y::sub).orElse(y); // (B, N, out)
        Tensor update = torch.linear(torch.linear(noise.dropout(x, place, dropout), a), b);
        return y.addcmul(gain.sub(new Scalar(1.0)), product).addcmul(gain, update, new Scalar(scale));
    }

    @Override
    public Weights merged(Weights step) {
        Tensor gain = magnitude.div(norms()); // (out)
        Tensor rows =
                step.weight().addmm(b, a, new Scalar(1.0), new Scalar(scale)).mul(gain.unsqueeze(1));
        Tensor change = gain.sub(new Scalar(1.0));
        // what another method made of the bias is scaled, the frozen one is not
        return new Weights(
                rows,
                step.bias().map(now -> now.addcmul(change, bias.map(now::sub).orElse(now))));
    }

    private Tensor norms() {
        return Tensors.scoped(() -> {
            try (NoGradGuard guard = new NoGradGuard()) {
                return rowNorms(weight.addmm(b, a, new Scalar(1.0), new Scalar(scale)));
            }
        });
    }

    /** (out, in) to the Euclidean norm of each row, (out); never zero. */
    static Tensor rowNorms(Tensor matrix) {
        return matrix.norm(new ScalarOptional(new Scalar(2.0)), 1).clamp_min(new Scalar(SMALLEST_NORM));
    }
}
