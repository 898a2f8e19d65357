package dev.inlay.train;

import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Order;
import dev.inlay.error.StoppedException;
import dev.inlay.parallel.Group;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.WorkStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The training loop, from the first step, or from where the journal left it, to the last epoch. Killed at any moment and
 * started again, it ends with bit-identical numbers. Ranks that train together run the same loop; rank 0 alone keeps a
 * journal, averages, evaluates and is watched.
 */
public final class TrainingLoop {
    /** A save takes milliseconds, as does an epoch over a few kept features: less than this is not worth one. */
    private static final double WORTH_SAVING_SECONDS = 1;

    private final SteppedTraining learner;
    private final Inputs inputs;
    private final int workers;
    private final TrainingSettings settings;
    private final int examples;
    private final int stepsPerEpoch;
    private final RankShard share;
    private final Map<String, Tensor> best = new LinkedHashMap<>();
    private final Averages averages;
    private long savedNanos;
    private int stepsSinceSave;

    /**
     * A training that has not begun.
     *
     * @param learner takes the steps
     * @param inputs what all ranks together learn from
     * @param workers threads that read images
     */
    public TrainingLoop(SteppedTraining learner, Inputs inputs, int workers) {
        this.learner = learner;
        this.inputs = inputs;
        this.workers = workers;
        this.settings = learner.settings();
        this.examples = inputs.examples().size();
        this.stepsPerEpoch = (examples + settings.examplesPerStep() - 1) / settings.examplesPerStep();
        this.averages = new Averages(settings.averaging());
        this.share = new RankShard(learner.group().rank(), learner.group().size());
    }

    /**
     * Trains to the end.
     *
     * @param journal where the state is kept
     * @param observer watches, and may stop it
     * @param name what the progress calls it
     * @param evaluation called at the end of each epoch
     * @return where it ended: one record per epoch, and the best of them
     * @throws StoppedException if the observer asked for it
     */
    public TrainingPosition run(Journal journal, RunObserver observer, String name, EpochEvaluation evaluation) {
        return loop(Optional.of(journal), observer, name, evaluation);
    }

    /** Takes part to the end, as a rank other than 0; rank 0 {@linkplain #run runs} meanwhile. */
    public void follow() {
        loop(Optional.empty(), RunObserver.nobody(), "", (epoch, last) -> EpochEvaluation.Top1.NONE);
    }

    /** The loop. */
    TrainingPosition loop(Optional<Journal> journal, RunObserver observer, String name, EpochEvaluation evaluation) {
        int epochs = settings.epochs();
        Training training = new Training(name, epochs);
        int batchSize = settings.batchSize();
        TrainingPosition at = together(journal.flatMap(kept -> kept.restore(learner, best, averages.tensors())));
        savedNanos = System.nanoTime();
        try (WorkStream stream = WorkStream.on(learner.device());
                BatchSource source = inputs.batches(share.of(batchSize), workers, learner.device());
                Progress.Task task =
                        observer.progress().start(name, Progress.Unit.STEPS, (long) epochs * stepsPerEpoch)) {
            task.at(stepsBefore(at));
            if (at.isStart() && settings.selection().isMade()) {
                at = compared(at, evaluation.after(0, false));
            }
            while (!isOver(at)) {
                int epoch = at.epoch();
                observer.status().epoch(epoch + 1);
                int[] order = Order.repeated(
                        settings.sampling().order(settings.seed(), epoch, inputs.examples()), settings.augRepeats());
                int taken = at.step() * settings.accumulate();
                try (Batches batches = source.read(share.of(order, batchSize), epoch, taken)) {
                    while (at.step() < stepsPerEpoch) {
                        long start = System.nanoTime();
                        StepResult result = step(at, batches);
                        long nanos = System.nanoTime() - start;
                        at = at.after(result, nanos * 1e-9);
                        observer.status().step(result.examples(), result.loss(), result.gradientNorm(), nanos);
                        long steps = stepsBefore(at);
                        if (learner.group().rank() == 0) {
                            averages.update(learner.parameters(), steps);
                        }
                        RunObserver.tell(observer, told -> told.onStep(training, steps, result));
                        task.at(steps);
                        task.note(String.format(Locale.ROOT, "epoch %d loss %.3f", epoch + 1, result.loss()));
                        saveIfDue(journal, at, observer);
                    }
                }
                boolean last = epoch + 1 == epochs;
                double rate = settings.schedule().learningRate(epoch, stepsPerEpoch - 1, stepsPerEpoch);
                TrainingPosition trainedTo = at;
                at = averages.in(learner, () -> {
                    EpochEvaluation.Top1 top1 = evaluation.after(epoch + 1, last);
                    return compared(trainedTo.nextEpoch(rate, settings.loss().tellsRight(), top1), top1);
                });
                EpochRecord trained = at.curves().get(epoch);
                RunObserver.tell(observer, told -> told.onEpoch(training, trained));
                if (last || secondsSinceSave() >= WORTH_SAVING_SECONDS) {
                    save(journal, at);
                }
            }
            if (at.epoch() < epochs) {
                save(journal, at);
            }
            averages.putInto(learner);
            if (!best.isEmpty()) {
                learner.restore(best, learner.optimizerState(), "the best epoch");
            }
            return at;
        } finally {
            forgetBest();
            averages.close();
        }
    }

    /** Whether all epochs are trained, or none has been better for as long as the selection has patience. */
    private boolean isOver(TrainingPosition at) {
        int patience = settings.selection().patience();
        boolean over =
                at.epoch() >= settings.epochs() || patience > 0 && at.step() == 0 && at.epochsWithoutGain() >= patience;
        return patience > 0 ? asRank0(over) : over;
    }

    /** What rank 0, which alone evaluates, has decided. */
    private boolean asRank0(boolean own) {
        Group group = learner.group();
        if (group.size() == 1) {
            return own;
        }
        try (PointerScope scope = new PointerScope()) {
            Tensor common = Device.CPU.of(new long[] {own ? 1 : 0}, 1);
            group.broadcast(common);
            return Tensors.longs(common)[0] == 1;
        }
    }

    /** Keeps what is learned if it is better on validation than before. */
    private TrainingPosition compared(TrainingPosition at, EpochEvaluation.Top1 top1) {
        if (top1.validation() == null || at.best() != null && !at.best().isWorseThan(top1)) {
            return at;
        }
        if (settings.selection().best()) {
            forgetBest();
            best.putAll(Averages.copies(learner.parameters()));
        }
        return at.withBest(top1);
    }

    private void forgetBest() {
        best.values().forEach(Tensors::release);
        best.clear();
    }

    /** One step on this rank's share of its examples. */
    private StepResult step(TrainingPosition at, Batches batches) {
        int batchSize = settings.batchSize();
        int rows = Math.min(settings.examplesPerStep(), examples - at.step() * settings.examplesPerStep());
        int whole = rows / batchSize;
        int last = share.of(rows % batchSize);
        StepShare own = new StepShare(whole * share.of(batchSize) + last, whole + (last > 0 ? 1 : 0), batches::next);
        try (PointerScope scope = new PointerScope()) {
            return learner.step(at.epoch(), at.step(), stepsPerEpoch, rows, own);
        }
    }

    private long stepsBefore(TrainingPosition at) {
        return (long) at.epoch() * stepsPerEpoch + at.step();
    }

    private void saveIfDue(Optional<Journal> journal, TrainingPosition at, RunObserver observer) {
        stepsSinceSave++;
        boolean stop = observer.stop().getAsBoolean();
        if (stop || journal.isPresent() && journal.get().isDue(stepsSinceSave, secondsSinceSave())) {
            save(journal, at);
        }
        if (stop) {
            throw new StoppedException("stopped in epoch " + (at.epoch() + 1) + " after step " + at.step()
                    + "; the state is saved; rerun the same command to resume");
        }
    }

    private double secondsSinceSave() {
        return (System.nanoTime() - savedNanos) * 1e-9;
    }

    private void save(Optional<Journal> journal, TrainingPosition at) {
        journal.ifPresent(kept -> kept.save(learner, at, best, averages.tensors()));
        savedNanos = System.nanoTime();
        stepsSinceSave = 0;
    }

    /** Puts all ranks where rank 0 is: its position, its trainables, its optimiser's state. */
    private TrainingPosition together(Optional<TrainingPosition> restored) {
        TrainingPosition own = restored.orElse(TrainingPosition.START);
        Group group = learner.group();
        if (group.size() == 1) {
            return own;
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor position = Device.CPU.of(new long[] {own.epoch(), own.step()}, 2);
            group.broadcast(position);
            Map<String, Tensor> state = new LinkedHashMap<>();
            learner.state().forEach((name, tensor) -> {
                Tensor common = tensor.detach().clone();
                group.broadcast(common);
                state.put(name, common);
            });
            if (group.rank() == 0) {
                return own;
            }
            learner.restore(state, "the state of rank 0");
            long[] step = Tensors.longs(position);
            return TrainingPosition.at(Math.toIntExact(step[0]), Math.toIntExact(step[1]));
        }
    }
}
