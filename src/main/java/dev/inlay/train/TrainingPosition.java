package dev.inlay.train;

import dev.inlay.record.EpochRecord;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a training stands between two steps, as a journal saves it.
 *
 * @param epoch the next step's, from 0
 * @param step the next step in its epoch, from 0
 * @param sums of the steps of this epoch so far
 * @param epochSeconds spent on this epoch so far
 * @param curves of the epochs before
 * @param best the best epoch on validation so far; null where validation was not evaluated
 */
public record TrainingPosition(
        int epoch, int step, EpochSums sums, double epochSeconds, List<EpochRecord> curves, Best best) {
    /** Before the first step. */
    public static final TrainingPosition START = new TrainingPosition(0, 0, EpochSums.NONE, 0, List.of(), null);

    /** Copies the list. */
    public TrainingPosition {
        curves = List.copyOf(curves);
    }

    /**
     * The best epoch so far.
     *
     * @param epoch from 1; 0 for the start
     * @param validationTop1 its top-1 fraction on the validation split, in [0, 1]
     * @param validationLoss its mean cross-entropy there; null in journals that did not keep it
     */
    public record Best(int epoch, double validationTop1, Double validationLoss) {
        /** Whether an epoch has a higher top-1 on validation, or the same with a lower loss. */
        boolean isWorseThan(EpochEvaluation.Top1 other) {
            return other.validation() > validationTop1
                    || other.validation() == validationTop1
                            && validationLoss != null
                            && other.validationLoss() < validationLoss;
        }
    }

    /**
     * What the steps of one epoch add up to.
     *
     * @param examples seen
     * @param loss sum of the examples' losses
     * @param correct examples predicted correctly, with dropout and stochastic depth
     * @param gradientNorm sum over the steps
     * @param steps taken
     */
    public record EpochSums(long examples, double loss, long correct, double gradientNorm, int steps) {
        private static final EpochSums NONE = new EpochSums(0, 0, 0, 0, 0);

        private EpochSums plus(StepResult step) {
            return new EpochSums(
                    examples + step.examples(),
                    loss + step.loss() * step.examples(),
                    correct + step.correct(),
                    gradientNorm + step.gradientNorm(),
                    steps + 1);
        }
    }

    /** At a step, of which this rank knows no more. */
    static TrainingPosition at(int epoch, int step) {
        return new TrainingPosition(epoch, step, EpochSums.NONE, 0, List.of(), null);
    }

    /** After one more step. */
    TrainingPosition after(StepResult result, double seconds) {
        return new TrainingPosition(epoch, step + 1, sums.plus(result), epochSeconds + seconds, curves, best);
    }

    /**
     * Before the first step of the next epoch.
     *
     * @param learningRate of the last step of this one
     * @param tellsRight whether examples are right or wrong at all
     * @param top1 measured after it
     */
    TrainingPosition nextEpoch(double learningRate, boolean tellsRight, EpochEvaluation.Top1 top1) {
        List<EpochRecord> all = new ArrayList<>(curves);
        all.add(new EpochRecord(
                epoch + 1,
                learningRate,
                sums.loss() / sums.examples(),
                tellsRight ? (double) sums.correct() / sums.examples() : null,
                top1.validation(),
                top1.test(),
                sums.gradientNorm() / sums.steps(),
                epochSeconds,
                epochSeconds > 0 ? sums.examples() / epochSeconds : 0));
        return new TrainingPosition(epoch + 1, 0, EpochSums.NONE, 0, all, best);
    }

    /** Whether no step was taken yet. */
    boolean isStart() {
        return epoch == 0 && step == 0;
    }

    /** The same with another best epoch: the one that was just finished, or the start. */
    TrainingPosition withBest(EpochEvaluation.Top1 top1) {
        Best now = new Best(epoch, top1.validation(), top1.validationLoss());
        return new TrainingPosition(epoch, step, sums, epochSeconds, curves, now);
    }

    /** How many epochs passed from the best one to the last that was evaluated on validation; 0 where none was. */
    int epochsWithoutGain() {
        return curves.stream()
                .filter(record -> record.validationTop1() != null)
                .mapToInt(record -> record.epoch() - best.epoch())
                .max()
                .orElse(0);
    }
}
