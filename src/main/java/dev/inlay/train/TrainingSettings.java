package dev.inlay.train;

import dev.inlay.data.loading.Sampling;
import dev.inlay.tensor.Precision;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.train.schedule.Schedule;

/**
 * How one training goes; made by a {@link Builder}.
 *
 * @param epochs passes over the examples
 * @param batchSize examples computed at once; the last batch of an epoch may be smaller
 * @param accumulate batches whose gradients are added up for a step of the optimiser; the last step of an epoch may have fewer
 * @param optimizer rule of a step
 * @param weightDecay of what decays
 * @param decay what decays
 * @param schedule learning rate of every step
 * @param factors of the learning rate, for parts of what is trained
 * @param clipNorm bound on the norm of all gradients; {@link Double#POSITIVE_INFINITY} for none
 * @param sampling which examples an epoch visits
 * @param augRepeats how often an epoch visits an example in a row, augmented anew each time; at least 1
 * @param loss what is minimised
 * @param mixup how images and labels of a batch are mixed
 * @param dropPath stochastic depth of the backbone's last block, in [0, 1)
 * @param recompute whether steps of the backbone keep only what enters them, and are computed again for the gradient
 * @param precision of the products of a step
 * @param seed of order and noise
 * @param averaging of what is learned, which is what is evaluated, selected and kept
 * @param selection of the epoch that training ends with
 */
public record TrainingSettings(
        int epochs,
        int batchSize,
        int accumulate,
        OptimizerSpec optimizer,
        double weightDecay,
        DecayRule decay,
        Schedule schedule,
        LearningRateFactors factors,
        double clipNorm,
        Sampling sampling,
        int augRepeats,
        Loss loss,
        Mixup mixup,
        double dropPath,
        boolean recompute,
        Precision precision,
        long seed,
        Averaging averaging,
        Selection selection) {
    /**
     * Begins settings of a training.
     *
     * @param epochs passes over the examples
     * @param batchSize examples computed at once; the last batch of an epoch may be smaller
     * @param schedule learning rate of every step
     */
    public static Builder builder(int epochs, int batchSize, Schedule schedule) {
        return new Builder(epochs, batchSize, schedule);
    }

    /** Begins settings that are these but for what is then said. */
    public Builder toBuilder() {
        return new Builder(epochs, batchSize, schedule)
                .accumulate(accumulate)
                .optimizer(optimizer)
                .decay(decay, weightDecay)
                .factors(factors)
                .clipNorm(clipNorm)
                .sampling(sampling)
                .augRepeats(augRepeats)
                .loss(loss)
                .mixup(mixup)
                .dropPath(dropPath)
                .recompute(recompute)
                .precision(precision)
                .seed(seed)
                .averaging(averaging)
                .selection(selection);
    }

    /** Examples of a step of the optimiser; the last step of an epoch may have fewer. */
    public int examplesPerStep() {
        return Math.multiplyExact(batchSize, accumulate);
    }

    /**
     * What heads that train side by side have to agree on: these settings without the schedule, its factors, the decay and the
     * bound on the gradient, which are each head's own.
     */
    public TrainingSettings common() {
        return toBuilder()
                .schedule(new ConstantSchedule(1))
                .decay(DecayRule.MATRICES, 0)
                .factors(LearningRateFactors.NONE)
                .clipNorm(Double.POSITIVE_INFINITY)
                .build();
    }

    /**
     * Gathers {@link TrainingSettings}. What is not said is a step per batch, AdamW at one rate without decay, every example once
     * in an epoch, the plain loss, nothing mixed, the whole gradient, no noise, all kept for the gradient, float32, seed 0, no
     * average, and the last epoch's parameters.
     */
    public static final class Builder {
        private final int epochs;
        private final int batchSize;
        private Schedule schedule;
        private int accumulate = 1;
        private OptimizerSpec optimizer = AdamWSpec.DEFAULT;
        private DecayRule decay = DecayRule.MATRICES;
        private double weightDecay;
        private LearningRateFactors factors = LearningRateFactors.NONE;
        private double clipNorm = Double.POSITIVE_INFINITY;
        private Sampling sampling = Sampling.SHUFFLED;
        private int augRepeats = 1;
        private Loss loss = CrossEntropy.PLAIN;
        private Mixup mixup = Mixup.NONE;
        private double dropPath;
        private boolean recompute;
        private Precision precision = Precision.FLOAT32;
        private long seed;
        private Averaging averaging = Averaging.NONE;
        private Selection selection = Selection.LAST;

        private Builder(int epochs, int batchSize, Schedule schedule) {
            this.epochs = epochs;
            this.batchSize = batchSize;
            this.schedule = schedule;
        }

        /** Sets the learning rate of every step. */
        public Builder schedule(Schedule value) {
            schedule = value;
            return this;
        }

        /** Sets how many batches a step of the optimiser adds up, at least 1. */
        public Builder accumulate(int value) {
            accumulate = value;
            return this;
        }

        /** Sets the rule of a step. */
        public Builder optimizer(OptimizerSpec value) {
            optimizer = value;
            return this;
        }

        /** Sets what decays, and the weight decay of it. */
        public Builder decay(DecayRule rule, double value) {
            decay = rule;
            weightDecay = value;
            return this;
        }

        /** Sets the factors of the learning rate. */
        public Builder factors(LearningRateFactors value) {
            factors = value;
            return this;
        }

        /** Sets the bound on the norm of all gradients. */
        public Builder clipNorm(double value) {
            clipNorm = value;
            return this;
        }

        /** Sets which examples an epoch visits. */
        public Builder sampling(Sampling value) {
            sampling = value;
            return this;
        }

        /** Sets how often an epoch visits an example in a row. */
        public Builder augRepeats(int value) {
            augRepeats = value;
            return this;
        }

        /** Sets what is minimised. */
        public Builder loss(Loss value) {
            loss = value;
            return this;
        }

        /** Sets how images and labels of a batch are mixed. */
        public Builder mixup(Mixup value) {
            mixup = value;
            return this;
        }

        /** Sets the stochastic depth of the backbone's last block. */
        public Builder dropPath(double value) {
            dropPath = value;
            return this;
        }

        /** Sets whether steps of the backbone are computed again for the gradient. */
        public Builder recompute(boolean value) {
            recompute = value;
            return this;
        }

        /** Sets the precision of the products of a step. */
        public Builder precision(Precision value) {
            precision = value;
            return this;
        }

        /** Sets the seed of order and noise. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Sets the average of what is learned. */
        public Builder averaging(Averaging value) {
            averaging = value;
            return this;
        }

        /** Sets the selection of the epoch that training ends with. */
        public Builder selection(Selection value) {
            selection = value;
            return this;
        }

        /** Returns the settings. */
        public TrainingSettings build() {
            return new TrainingSettings(
                    epochs,
                    batchSize,
                    accumulate,
                    optimizer,
                    weightDecay,
                    decay,
                    schedule,
                    factors,
                    clipNorm,
                    sampling,
                    augRepeats,
                    loss,
                    mixup,
                    dropPath,
                    recompute,
                    precision,
                    seed,
                    averaging,
                    selection);
        }
    }
}
