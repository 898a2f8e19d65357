package dev.inlay.train.schedule;

import java.util.Objects;

/**
 * Linear warm-up to the peak, then half a cosine down to the minimum (Loshchilov and Hutter, "SGDR", 2017, equation 5,
 * without restarts). With the time t in epochs, W warm-up epochs and E epochs in all:
 *
 * <pre>
 * t &lt; W:  warmupLearningRate + t / W · (learningRate − warmupLearningRate)
 * else:   minLearningRate + ½ · (learningRate − minLearningRate) · (1 + cos(π · (t − W) / (E − W)))
 * </pre>
 *
 * @param learningRate the peak, reached at t = W; finite, above 0
 * @param minLearningRate where the cosine ends, at t = E; 0 to {@code learningRate}
 * @param epochs E, at least 1
 * @param warmupEpochs W, 0 to {@code epochs}
 * @param warmupLearningRate where the warm-up starts, at t = 0; 0 to {@code learningRate}
 * @param advance whether t moves with every step or stands at the beginning of the epoch
 */
public record CosineSchedule(
        double learningRate,
        double minLearningRate,
        int epochs,
        int warmupEpochs,
        double warmupLearningRate,
        Advance advance)
        implements Schedule {
    /**
     * @throws dev.inlay.error.ConfigException if a number is outside its range
     */
    public CosineSchedule {
        Objects.requireNonNull(advance, "advance");
        Requirements.peak(learningRate);
        Requirements.upToPeak("minLearningRate", minLearningRate, learningRate);
        Requirements.epochs(epochs);
        Requirements.warmupWithin(warmupEpochs, epochs);
        Requirements.upToPeak("warmupLearningRate", warmupLearningRate, learningRate);
    }

    @Override
    public double learningRate(int epoch, int step, int stepsPerEpoch) {
        Objects.checkIndex(epoch, epochs);
        Objects.checkIndex(step, stepsPerEpoch);
        double t = advance == Advance.PER_STEP ? epoch + (double) step / stepsPerEpoch : epoch;
        if (t < warmupEpochs) {
            return warmupLearningRate + t / warmupEpochs * (learningRate - warmupLearningRate);
        }
        double done = (t - warmupEpochs) / (epochs - warmupEpochs);
        return minLearningRate + 0.5 * (learningRate - minLearningRate) * (1 + Math.cos(Math.PI * done));
    }
}
