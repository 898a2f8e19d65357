package dev.inlay.train.optim;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** VPT's formula: ε outside the bias correction, the decay last. */
record VptAdamWUpdate(double beta1, double beta2, double epsilon) implements AdamWUpdate {
    @Override
    public void apply(List<Term> terms, double learningRate, double weightDecay) {
        AdamWMoments moments = new AdamWMoments(beta1, beta2);
        Scalar keep = new Scalar(1 - learningRate * weightDecay);
        Scalar epsilon = new Scalar(this.epsilon);
        for (Term term : terms) {
            double steps = term.steps().item_double();
            double correction = Math.sqrt(1 - Math.pow(beta2, steps)) / (1 - Math.pow(beta1, steps));
            moments.accumulate(term);
            Tensor root = term.square().sqrt().add_(epsilon);
            term.weight().addcdiv_(term.mean(), root, new Scalar(-learningRate * correction));
            term.weight().mul_(keep);
        }
    }
}
