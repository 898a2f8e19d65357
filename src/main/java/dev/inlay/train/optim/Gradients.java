package dev.inlay.train.optim;

import dev.inlay.error.InlayException;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** What is done to the gradients of many parameters at once. */
public final class Gradients {
    private Gradients() {}

    /**
     * Measures the Euclidean norm of all gradients as one vector and, if it exceeds {@code maxNorm}, multiplies them by
     * {@code maxNorm / (norm + 1e-6)}, as PyTorch's {@code clip_grad_norm_}. Parameters without a gradient do not count.
     *
     * @param maxNorm above 0; {@link Double#POSITIVE_INFINITY} only measures
     * @return the norm before clipping; 0 if there is no gradient
     * @throws IllegalArgumentException if {@code maxNorm} is not above 0
     * @throws InlayException if the norm is not finite; names the first parameter to blame, and clips nothing
     */
    public static double clip(List<Parameter> parameters, double maxNorm) {
        if (!(maxNorm > 0)) {
            throw new IllegalArgumentException("maxNorm: expected a number above 0, found " + maxNorm);
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            List<Parameter> withGradient =
                    parameters.stream().filter(p -> p.tensor().grad().defined()).toList();
            if (withGradient.isEmpty()) {
                return 0;
            }
            Tensor norms = norms(withGradient);
            double norm = norms.norm().item_double();
            if (!Double.isFinite(norm)) {
                throw notFinite(withGradient, norms, norm);
            }
            if (norm > maxNorm) {
                Scalar factor = new Scalar(maxNorm / (norm + 1e-6));
                withGradient.forEach(p -> p.tensor().grad().mul_(factor));
            }
            return norm;
        }
    }

    /** Makes the gradients undefined. */
    static void drop(List<Parameter> parameters) {
        try (PointerScope scope = new PointerScope()) {
            parameters.forEach(p -> p.tensor().mutable_grad().reset());
        }
    }

    /** The norm of each gradient. */
    private static Tensor norms(List<Parameter> parameters) {
        return torch.stack(new TensorVector(
                parameters.stream().map(p -> p.tensor().grad().norm()).toArray(Tensor[]::new)));
    }

    private static InlayException notFinite(List<Parameter> parameters, Tensor norms, double norm) {
        String culprit = "all of them together";
        for (int i = parameters.size() - 1; i >= 0; i--) {
            if (!Double.isFinite(norms.select(0, i).item_double())) {
                culprit = parameters.get(i).name();
            }
        }
        return new InlayException("the norm of the gradients is " + norm + ", first in " + culprit
                + "; the training has diverged: lower the learning rate, or clip gradients by a smaller norm");
    }
}
