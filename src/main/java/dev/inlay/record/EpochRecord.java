package dev.inlay.record;

/**
 * One epoch of training.
 *
 * @param epoch its number, from 1
 * @param learningRate of the first parameter group at the epoch's last step
 * @param trainLoss mean over the epoch's examples of the loss that was minimised, in nats
 * @param trainTop1 top-1 fraction on the batches as trained on, in [0, 1]; of mixed images, the label with the larger share
 *     counts
 * @param validationTop1 top-1 fraction on the validation split after the epoch; null if not evaluated
 * @param testTop1 top-1 fraction on the test split after the epoch; null if not evaluated
 * @param gradientNorm mean over the steps of the Euclidean norm of all gradients before clipping; null if not measured
 *     or not finite
 * @param seconds wall-clock seconds, evaluation left out
 * @param examplesPerSecond examples trained on over {@code seconds}
 */
public record EpochRecord(
        int epoch,
        double learningRate,
        double trainLoss,
        Double trainTop1,
        Double validationTop1,
        Double testTop1,
        Double gradientNorm,
        double seconds,
        double examplesPerSecond) {
    /**
     * @throws IllegalArgumentException if {@code epoch} is below 1, a fraction outside [0, 1] or a number not finite
     */
    public EpochRecord {
        if (epoch < 1) {
            throw new IllegalArgumentException("epoch must be at least 1, is " + epoch);
        }
        Check.finite("learningRate", learningRate);
        Check.finite("trainLoss", trainLoss);
        Check.fractionOrNull("trainTop1", trainTop1);
        Check.scoreOrNull("validationTop1", validationTop1);
        Check.scoreOrNull("testTop1", testTop1);
        gradientNorm = gradientNorm == null || !Double.isFinite(gradientNorm) ? null : gradientNorm;
        Check.finite("seconds", seconds);
        Check.finite("examplesPerSecond", examplesPerSecond);
    }
}
