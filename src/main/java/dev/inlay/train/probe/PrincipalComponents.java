package dev.inlay.train.probe;

import dev.inlay.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The change from plain features x to coordinates along the principal components of the standardised features
 * z = (x − mean) / deviation, in double precision: y = Vᵀ z with orthonormal columns V. What does not vary is dropped, so
 * there are R ≤ min(N − 1, D) coordinates. Its tensors belong to the scope around the constructor.
 */
final class PrincipalComponents {
    /** What varies less than this, relative to the largest, varies by rounding only. */
    private static final double ROUNDING = 1e-7;

    private final Tensor mean; // (D)
    private final Tensor deviation; // (D)
    private final Tensor inverseDeviation; // (D), 0 for a constant feature
    private final Tensor basis; // V (D, R)
    private final Tensor coordinates; // (N, R)

    /**
     * @param features (N, D), any floating type
     */
    PrincipalComponents(Tensor features) {
        Tensor x = features.detach().to(ScalarType.Double);
        mean = x.mean(0);
        deviation = x.sub(mean).square().mean(0).sqrt();
        Tensor varies = deviation.gt(x.abs().max().mul(new Scalar(ROUNDING)));
        inverseDeviation = deviation.reciprocal().where(varies, new Scalar(0.0));
        Tensor z = x.sub(mean).mul(inverseDeviation);

        T_TensorTensor_T eigen = torch.linalg_eigh(z.t().mm(z)); // ascending
        Tensor variances = eigen.get0();
        long dim = variances.size(0);
        Tensor kept = variances.gt(variances.max().mul(new Scalar(ROUNDING * ROUNDING)));
        long count = kept.sum().item_long();
        basis = eigen.get1().narrow(1, dim - count, count).contiguous();
        coordinates = z.mm(basis);
    }

    /** The coordinates of the features given, (N, R). */
    Tensor coordinates() {
        return coordinates;
    }

    /**
     * The classifier on plain features that equals U y + c: W = U Vᵀ / deviation, b = c − W mean.
     *
     * @param classifier U with c as its last column, (C, R + 1)
     */
    LinearHead head(Tensor classifier) {
        long count = basis.size(1);
        Tensor w = classifier.narrow(1, 0, count).mm(basis.t()).mul(inverseDeviation);
        Tensor bias = classifier.select(1, count).sub(w.mv(mean));
        return new LinearHead(Tensors.floats(w), Tensors.floats(bias));
    }

    /** The other way: U = W deviation V, c = b + W mean; (C, R + 1), the bias last. */
    Tensor classifier(LinearHead head) {
        Tensor w = Tensors.of(head.weight(), head.classes(), head.dim()).to(ScalarType.Double);
        Tensor bias = Tensors.of(head.bias(), head.classes()).to(ScalarType.Double);
        return Tensors.cat(
                List.of(w.mul(deviation).mm(basis), bias.add(w.mv(mean)).unsqueeze(1)), 1);
    }
}
