package dev.inlay.train.schedule;

/** The learning rate of every step of a run. Implementations are immutable: equal arguments give equal rates. */
@FunctionalInterface
public interface Schedule {
    /**
     * The learning rate that the optimiser uses in one step.
     *
     * @param epoch from 0, below the number of epochs where the schedule has one
     * @param step from 0 in its epoch, below {@code stepsPerEpoch}
     * @param stepsPerEpoch at least 1; a last, smaller batch counts as a step
     * @return at least 0
     * @throws IndexOutOfBoundsException if {@code epoch} or {@code step} is outside its range
     */
    double learningRate(int epoch, int step, int stepsPerEpoch);
}
