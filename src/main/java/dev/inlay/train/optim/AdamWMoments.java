package dev.inlay.train.optim;

import org.bytedeco.pytorch.Scalar;

/** The running means of gradients and of their squares; its scalars belong to the caller's scope. */
final class AdamWMoments {
    private final Scalar meanWeight;
    private final Scalar squareKeep;
    private final Scalar squareWeight;

    AdamWMoments(double beta1, double beta2) {
        meanWeight = new Scalar(1 - beta1);
        squareKeep = new Scalar(beta2);
        squareWeight = new Scalar(1 - beta2);
    }

    /** m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g². */
    void accumulate(AdamWUpdate.Term term) {
        term.mean().lerp_(term.gradient(), meanWeight);
        term.square().mul_(squareKeep).addcmul_(term.gradient(), term.gradient(), squareWeight);
    }
}
