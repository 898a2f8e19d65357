package dev.inlay.train.schedule;

/**
 * The rates that VPT's published code trains with: linear warm-up from 0, then half a cosine to 0, one rate per epoch.
 * With W warm-up epochs and E epochs:
 *
 * <pre>
 * epoch &lt; W:  learningRate · epoch / W
 * else:       ½ · learningRate · (1 + cos(π · (epoch − W) / (E − W)))
 * </pre>
 *
 * Epoch 0 has rate 0 where there is a warm-up: no weight moves, but the optimiser's averages fill.
 *
 * @param learningRate the peak; finite, above 0
 * @param epochs E, at least 1
 * @param warmupEpochs W, 0 to {@code epochs}
 */
public record VptSchedule(double learningRate, int epochs, int warmupEpochs) implements Schedule {
    /**
     * @throws dev.inlay.error.ConfigException if a number is outside its range
     */
    public VptSchedule {
        Requirements.peak(learningRate);
        Requirements.epochs(epochs);
        Requirements.warmupWithin(warmupEpochs, epochs);
    }

    @Override
    public double learningRate(int epoch, int step, int stepsPerEpoch) {
        Schedule cosine = new CosineSchedule(learningRate, 0, epochs, warmupEpochs, 0, Advance.PER_EPOCH);
        return cosine.learningRate(epoch, step, stepsPerEpoch);
    }
}
