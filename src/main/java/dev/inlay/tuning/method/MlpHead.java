package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.keys.Keys;
import dev.inlay.random.Key;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.BatchNorm;
import dev.inlay.tuning.FeatureHook;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a head of several layers ({@code mlp-k} of VPT, arXiv 2203.12119): {@link HiddenLayer}s of the features' width D
 * before the linear layer that every head ends with. Hidden weights start from N(0, 2 / D), their biases from
 * U(-1/√D, 1/√D). Trainables are {@code mlpHead.<i>.linear|norm.weight|bias}, all of them part of the head, and the
 * statistics {@code mlpHead.<i>.norm.mean|variance}: D² + 3 D parameters a hidden layer.
 *
 * @param layers number of linear layers, k, the last included; at least 1, which is a linear head
 */
public record MlpHead(int layers) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "mlpHead";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public boolean hasLinearHead() {
        return layers == 1;
    }

    @Override
    public void attach(Attachment attachment) {
        for (int i = 0; i < layers - 1; i++) {
            attachment.features(hidden(attachment, METHOD + "." + i));
        }
    }

    private static HiddenLayer hidden(Attachment attachment, String name) {
        int width = attachment.backbone().embedDim();
        Key key = attachment.init().at(name);
        float[] weight = Initial.normal(key.at("weight"), Math.multiplyExact(width, width), 0, Math.sqrt(2.0 / width));
        float[] bias = Initial.uniform(key.at("bias"), width, 1 / Math.sqrt((double) width));
        return new HiddenLayer(
                name,
                Affine.trainable(attachment, name + ".linear", weight, bias, Role.HEAD),
                BatchNorm.trainable(attachment, name + ".norm", width));
    }

    /**
     * Dropout(BatchNorm(ReLU(x Wᵀ + b))). A training pass of two images or more normalises by the mean and the variance of
     * the batch and moves the kept ones a tenth of the way there; every other pass normalises by the kept ones. That includes
     * a training pass of a single image, whose variance says nothing.
     *
     * @param place names the layer to the noise
     * @param linear (D, D)
     * @param norm of D channels
     */
    record HiddenLayer(String place, Affine linear, BatchNorm norm) implements FeatureHook {
        private static final double DROPOUT = 0.1;

        @Override
        public Tensor features(Tensor features, Dropout dropout) {
            Tensor active = torch.relu(linear.of(features));
            boolean byBatch = dropout.training() && active.size(0) > 1;
            return dropout.dropout(norm.of(active, byBatch), place, DROPOUT);
        }
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new MlpHead(keys.integer("layers", 3, 1, 100));
        }
    }
}
