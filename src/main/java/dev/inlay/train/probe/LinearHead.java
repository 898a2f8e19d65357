package dev.inlay.train.probe;

import dev.inlay.inference.Evaluation;
import dev.inlay.inference.Evaluator;
import dev.inlay.tensor.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A linear classifier on plain features: logits = W x + b. Immutable; on the Java heap. */
public final class LinearHead {
    private final float[] weight;
    private final float[] bias;

    /**
     * @param weight W, (C, D) row by row; copied
     * @param bias b, (C); copied
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public LinearHead(float[] weight, float[] bias) {
        if (bias.length == 0 || weight.length % bias.length != 0) {
            throw new IllegalArgumentException("expected one row of weights per bias, found " + weight.length
                    + " weights, " + bias.length + " biases");
        }
        this.weight = weight.clone();
        this.bias = bias.clone();
    }

    /** C. */
    public int classes() {
        return bias.length;
    }

    /** D. */
    public int dim() {
        return weight.length / bias.length;
    }

    /** A copy of W, (C, D) row by row. */
    public float[] weight() {
        return weight.clone();
    }

    /** A copy of b, (C). */
    public float[] bias() {
        return bias.clone();
    }

    /** Returns this head with logits multiplied by a factor, which above 0 leaves their order as it is. */
    public LinearHead scaled(float factor) {
        float[] scaledWeight = weight();
        float[] scaledBias = bias();
        scale(scaledWeight, factor);
        scale(scaledBias, factor);
        return new LinearHead(scaledWeight, scaledBias);
    }

    private static void scale(float[] numbers, float factor) {
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= factor;
        }
    }

    /**
     * How good this head is on {@code data}.
     *
     * @throws IllegalArgumentException if the number of features or classes differs
     */
    public Evaluation evaluate(LabelledFeatures data) {
        if (data.dim() != dim() || data.labels().size() != classes()) {
            throw new IllegalArgumentException("expected " + dim() + " features and " + classes() + " classes, found "
                    + data.dim() + " and " + data.labels().size());
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            Tensor w = Tensors.of(weight, classes(), dim());
            Tensor b = Tensors.of(bias, classes());
            Evaluator evaluator = Evaluator.of(data.labels(), 1);
            evaluator.add(Tensors.floats(torch.addmm(b, data.features().to(ScalarType.Float), w.t())), data.targets());
            return evaluator.result();
        }
    }
}
