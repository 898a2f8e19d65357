package dev.inlay.train;

import dev.inlay.tensor.Precision;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.train.schedule.Schedule;

/**
 * How one training goes.
 *
 * @param epochs passes over the examples
 * @param batchSize examples per step; the last batch of an epoch may be smaller
 * @param optimizer rule of a step
 * @param weightDecay of what decays
 * @param decay what decays
 * @param schedule learning rate of every step
 * @param clipNorm bound on the norm of all gradients; {@link Double#POSITIVE_INFINITY} for none
 * @param labelSmoothing in [0, 1)
 * @param dropPath stochastic depth of the backbone's last block, in [0, 1)
 * @param recompute whether steps of the backbone keep only what enters them, and are computed again for the gradient
 * @param precision of the products of a step
 * @param seed of order and noise
 * @param selection of the epoch that training ends with
 */
public record TrainingSettings(
        int epochs,
        int batchSize,
        OptimizerSpec optimizer,
        double weightDecay,
        DecayRule decay,
        Schedule schedule,
        double clipNorm,
        double labelSmoothing,
        double dropPath,
        boolean recompute,
        Precision precision,
        long seed,
        Selection selection) {
    /**
     * What heads that train side by side have to agree on: these settings without the schedule, the decay and the bound on
     * the gradient, which are each head's own.
     */
    public TrainingSettings common() {
        return new TrainingSettings(
                epochs,
                batchSize,
                optimizer,
                0,
                DecayRule.MATRICES,
                new ConstantSchedule(1),
                Double.POSITIVE_INFINITY,
                labelSmoothing,
                dropPath,
                recompute,
                precision,
                seed,
                selection);
    }
}
