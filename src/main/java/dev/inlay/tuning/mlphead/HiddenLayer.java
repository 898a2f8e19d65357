package dev.inlay.tuning.mlphead;

import dev.inlay.backbone.Noise;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.FeatureFilling;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Dropout(BatchNorm(ReLU(x Wᵀ + b))). A training pass of two images or more normalises by the mean and the variance of
 * the batch and moves the kept ones a tenth of the way there; every other pass normalises by the kept ones. That includes
 * a training pass of a single image, whose variance says nothing.
 *
 * @param place names the layer to the noise
 * @param linear (D, D)
 * @param weight (D) scale after the normalisation
 * @param bias (D) shift after the normalisation
 * @param mean (D) kept mean of each feature
 * @param variance (D) kept variance of each feature, unbiased
 */
record HiddenLayer(String place, Affine linear, Tensor weight, Tensor bias, Tensor mean, Tensor variance)
        implements FeatureFilling {
    private static final double MOMENTUM = 0.1;
    private static final double EPSILON = 1e-5;
    private static final double DROPOUT = 0.1;

    @Override
    public Tensor features(Tensor features, Noise noise) {
        Tensor active = torch.relu(linear.of(features));
        boolean byBatch = noise.training() && active.size(0) > 1;
        Tensor normalised = torch.batch_norm(
                active,
                Tensors.optional(weight),
                Tensors.optional(bias),
                Tensors.optional(mean),
                Tensors.optional(variance),
                byBatch,
                MOMENTUM,
                EPSILON,
                true);
        return noise.dropout(normalised, place, DROPOUT);
    }
}
