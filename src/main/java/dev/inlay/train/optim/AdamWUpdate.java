package dev.inlay.train.optim;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** One step of AdamW over parameters that are trained alike. */
interface AdamWUpdate {
    /**
     * What one parameter brings to a step.
     *
     * @param weight changed by the step
     * @param gradient of its shape, contiguous
     * @param mean of the gradients, changed by the step
     * @param square mean of the squared gradients, changed by the step
     * @param steps float32, 0-d: how many steps there were, this one counted
     */
    record Term(Tensor weight, Tensor gradient, Tensor mean, Tensor square, Tensor steps) {}

    /** Steps every term; called in a scope and without autograd. */
    void apply(List<Term> terms, double learningRate, double weightDecay);
}
