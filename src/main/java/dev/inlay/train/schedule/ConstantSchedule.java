package dev.inlay.train.schedule;

import java.util.Objects;

/**
 * The same learning rate in every step.
 *
 * @param learningRate finite, above 0
 */
public record ConstantSchedule(double learningRate) implements Schedule {
    /**
     * @throws dev.inlay.error.ConfigException if the rate is not finite and above 0
     */
    public ConstantSchedule {
        Requirements.peak(learningRate);
    }

    @Override
    public double learningRate(int epoch, int step, int stepsPerEpoch) {
        Objects.checkIndex(epoch, Integer.MAX_VALUE);
        Objects.checkIndex(step, stepsPerEpoch);
        return learningRate;
    }
}
