package dev.inlay.train;

import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.tensor.WorkStream;
import dev.inlay.train.Journal.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * A training from its first step, or from where its journal left it, to its last epoch. Killed at any moment and started
 * again, it ends with the same numbers to the bit.
 */
public final class Training {
    /** A save takes milliseconds, as does an epoch over a few kept features: less than this is not worth one. */
    private static final double WORTH_SAVING_SECONDS = 1;

    /**
     * How a training saves itself and is watched.
     *
     * @param journal where its state is kept
     * @param saveSeconds at most this long between saves; 0 for no such bound
     * @param saveSteps at most this many steps between saves; 0 for no such bound
     * @param workers threads that read images
     * @param stop asked after every step; true saves and stops
     * @param status updated after every step
     * @param progress shows the steps
     * @param name what the progress calls it
     */
    public record Watch(
            Journal journal,
            double saveSeconds,
            int saveSteps,
            int workers,
            BooleanSupplier stop,
            RunStatus status,
            Progress progress,
            String name) {}

    /** Accuracy on other splits at the end of an epoch; null where it is not measured. */
    public interface EpochEvaluation {
        /** The measured top-1 of one epoch. */
        record Top1(Double validation, Double test) {
            /** Nothing measured. */
            public static final Top1 NONE = new Top1(null, null);
        }

        /**
         * @param epoch from 1
         * @param last whether it is the last epoch
         */
        Top1 after(int epoch, boolean last);
    }

    private final Learner learner;
    private final Inputs inputs;
    private final Watch watch;
    private final EpochEvaluation evaluation;
    private final int stepsPerEpoch;
    private Position position = Position.START;
    private long savedNanos;
    private int stepsSinceSave;

    /**
     * @param inputs what to learn from
     * @param evaluation called at the end of each epoch
     */
    public Training(Learner learner, Inputs inputs, Watch watch, EpochEvaluation evaluation) {
        this.learner = learner;
        this.inputs = inputs;
        this.watch = watch;
        this.evaluation = evaluation;
        int batchSize = learner.settings().batchSize();
        this.stepsPerEpoch = (inputs.examples().size() + batchSize - 1) / batchSize;
    }

    /**
     * Runs to the end.
     *
     * @return one record per epoch
     * @throws StoppedException if {@code stop} asked for it
     */
    public List<EpochRecord> run() {
        position = watch.journal().restore(learner).orElse(Position.START);
        int epochs = learner.settings().epochs();
        savedNanos = System.nanoTime();
        Start.common(learner, new Start(position.epoch(), position.step()));
        try (WorkStream stream = WorkStream.on(learner.device());
                Steps steps = new Steps(learner, inputs, watch.workers());
                Progress.Task task =
                        watch.progress().start(watch.name(), Progress.Unit.STEPS, (long) epochs * stepsPerEpoch)) {
            task.at((long) position.epoch() * stepsPerEpoch + position.step());
            while (position.epoch() < epochs) {
                epoch(steps, task);
            }
        }
        return position.curves();
    }

    private void epoch(Steps steps, Progress.Task task) {
        int epoch = position.epoch();
        watch.status().epoch(epoch + 1);
        double rate = 0;
        try (Steps.Epoch taken = steps.epoch(epoch, position.step())) {
            while (taken.hasNext()) {
                long start = System.nanoTime();
                StepResult result = taken.next();
                rate = result.learningRate();
                long nanos = System.nanoTime() - start;
                watch.status().step(result.examples(), result.loss(), result.gradientNorm(), nanos);
                position = new Position(
                        epoch,
                        position.step() + 1,
                        position.sums().plus(result),
                        position.epochSeconds() + nanos * 1e-9,
                        position.curves());
                task.at((long) epoch * stepsPerEpoch + position.step());
                task.note(String.format(Locale.ROOT, "epoch %d loss %.3f", epoch + 1, result.loss()));
                saveIfDue();
            }
        }
        finishEpoch(epoch, rate);
    }

    private void finishEpoch(int epoch, double rate) {
        EpochSums sums = position.sums();
        boolean last = epoch + 1 == learner.settings().epochs();
        EpochEvaluation.Top1 top1 = evaluation.after(epoch + 1, last);
        List<EpochRecord> curves = new ArrayList<>(position.curves());
        double seconds = position.epochSeconds();
        curves.add(new EpochRecord(
                epoch + 1,
                rate == 0 ? learner.settings().schedule().learningRate(epoch, stepsPerEpoch - 1, stepsPerEpoch) : rate,
                sums.loss() / sums.examples(),
                (double) sums.correct() / sums.examples(),
                top1.validation(),
                top1.test(),
                sums.gradientNorm() / sums.steps(),
                seconds,
                seconds > 0 ? sums.examples() / seconds : 0));
        position = new Position(epoch + 1, 0, EpochSums.NONE, 0, curves);
        if (last || secondsSinceSave() >= WORTH_SAVING_SECONDS) {
            save();
        }
    }

    private void saveIfDue() {
        stepsSinceSave++;
        boolean stop = watch.stop().getAsBoolean();
        boolean steps = watch.saveSteps() > 0 && stepsSinceSave >= watch.saveSteps();
        boolean seconds = watch.saveSeconds() > 0 && secondsSinceSave() >= watch.saveSeconds();
        if (stop || steps || seconds) {
            save();
        }
        if (stop) {
            throw new StoppedException("stopped in epoch " + (position.epoch() + 1) + " after step " + position.step()
                    + "; the state is saved, the same command goes on from here");
        }
    }

    private double secondsSinceSave() {
        return (System.nanoTime() - savedNanos) * 1e-9;
    }

    private void save() {
        watch.journal().save(learner, position);
        savedNanos = System.nanoTime();
        stepsSinceSave = 0;
    }
}
