package dev.inlay.train.optim;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** PyTorch's formula by single operations, for devices without the fused kernel. */
record PlainAdamWUpdate(double beta1, double beta2, double epsilon) implements AdamWUpdate {
    @Override
    public void apply(List<Term> terms, double learningRate, double weightDecay) {
        AdamWMoments moments = new AdamWMoments(beta1, beta2);
        Scalar keep = new Scalar(1 - learningRate * weightDecay);
        Scalar epsilon = new Scalar(this.epsilon);
        for (Term term : terms) {
            double steps = term.steps().item_double();
            double meanCorrection = 1 - Math.pow(beta1, steps);
            double squareCorrection = 1 - Math.pow(beta2, steps);
            moments.accumulate(term);
            Tensor root = term.square()
                    .sqrt()
                    .mul_(new Scalar(1 / Math.sqrt(squareCorrection)))
                    .add_(epsilon);
            term.weight().mul_(keep);
            term.weight().addcdiv_(term.mean(), root, new Scalar(-learningRate / meanCorrection));
        }
    }
}
