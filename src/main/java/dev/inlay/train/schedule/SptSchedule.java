package dev.inlay.train.schedule;

import java.util.Objects;

/**
 * The rates that SPT's published code trains with: timm's cosine, stepped once per epoch and one epoch late. With
 * t = max(epoch − 1, 0), W warm-up epochs and E epochs:
 *
 * <pre>
 * t &lt; W:  warmupLearningRate + t · (learningRate − warmupLearningRate) / W
 * else:   minLearningRate + ½ · (learningRate − minLearningRate) · (1 + cos(π · t / E))
 * </pre>
 *
 * The warm-up runs on the cosine's own clock, so the peak is never reached, and epochs 0 and 1 both use
 * {@code warmupLearningRate}. For comparison with the paper's numbers; {@link CosineSchedule} is the schedule meant.
 *
 * @param learningRate the peak of the formula; finite, above 0
 * @param minLearningRate 0 to {@code learningRate}
 * @param epochs E, at least 1
 * @param warmupEpochs W, at least 0; may exceed {@code epochs}
 * @param warmupLearningRate 0 to {@code learningRate}
 */
public record SptSchedule(
        double learningRate, double minLearningRate, int epochs, int warmupEpochs, double warmupLearningRate)
        implements Schedule {
    /**
     * @throws dev.inlay.error.ConfigException if a number is outside its range
     */
    public SptSchedule {
        Requirements.peak(learningRate);
        Requirements.upToPeak("minLearningRate", minLearningRate, learningRate);
        Requirements.epochs(epochs);
        Requirements.warmup(warmupEpochs);
        Requirements.upToPeak("warmupLearningRate", warmupLearningRate, learningRate);
    }

    @Override
    public double learningRate(int epoch, int step, int stepsPerEpoch) {
        Objects.checkIndex(epoch, epochs);
        Objects.checkIndex(step, stepsPerEpoch);
        int t = Math.max(epoch - 1, 0);
        if (t < warmupEpochs) {
            return warmupLearningRate + t * (learningRate - warmupLearningRate) / warmupEpochs;
        }
        return minLearningRate + 0.5 * (learningRate - minLearningRate) * (1 + Math.cos(Math.PI * t / epochs));
    }
}
