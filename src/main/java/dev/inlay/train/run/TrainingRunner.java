package dev.inlay.train.run;

import dev.inlay.backbone.Dropout;
import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.ExampleSubset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.KeptInputs;
import dev.inlay.error.ConfigException;
import dev.inlay.inference.Evaluation;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.Message;
import dev.inlay.parallel.Ranks;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Phase;
import dev.inlay.record.Split;
import dev.inlay.train.EpochEvaluation;
import dev.inlay.train.EpochEvaluation.Top1;
import dev.inlay.train.Journal;
import dev.inlay.train.RunObserver;
import dev.inlay.train.StackedHeads;
import dev.inlay.train.SteppedTraining;
import dev.inlay.train.Trainer;
import dev.inlay.train.Training;
import dev.inlay.train.TrainingLoop;
import dev.inlay.train.TrainingPosition;
import dev.inlay.train.TrainingPosition.Best;
import dev.inlay.train.TrainingSettings;
import dev.inlay.tuning.Tuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Does the trainings of one run: those of its search, its own, its repeats.
 *
 * @param run what is trained on what
 * @param inputs what goes into a tuning
 * @param start of heads
 * @param phases keep times and journals
 * @param ranks that train together
 */
record TrainingRunner(LoadedRun run, FrozenInputs inputs, HeadStart start, Phases phases, Ranks ranks) {
    /** In heads that train side by side; with their gradients and what the optimiser keeps some 300 MB. */
    private static final long MAX_NUMBERS = 1L << 24;

    private static final EpochEvaluation NOTHING_MEASURED = (epoch, last) -> Top1.NONE;

    /**
     * What a training left besides what it tuned.
     *
     * @param curves one record per epoch
     * @param best the best epoch on validation; null where validation was not evaluated
     * @param labels how the outputs of its head are read
     * @param temperature of its logits
     * @param test the evaluation at its end
     */
    record Trained(List<EpochRecord> curves, Best best, LabelSpace labels, double temperature, Evaluation test) {}

    /**
     * What a training gave that was judged by its score alone.
     *
     * @param score see {@link dev.inlay.record.Quality#score}
     * @param seconds that its steps took over all the times it was resumed, and what frozen blocks give where this training
     *     was the first to need it
     */
    record TrialResult(double score, double seconds) {}

    /**
     * What a training tunes, at its start; to be closed.
     *
     * @throws ConfigException if the backbone has not what is to be tuned, or the training is none for it or for its ranks
     */
    Tuning tuning(TrainingSpec training) {
        Tuning tuning = training.tuning(run);
        try {
            Trainer.requireTrainable(tuning, training.settings(run), ranks.size());
            return tuning;
        } catch (ConfigException e) {
            tuning.close();
            throw e;
        }
    }

    /** Which points of a search are tried at once; several ranks try one after the other. */
    List<TrialGroup> groups(List<RunConfig> tried) {
        long classes = run.splits().train().classNames().size();
        long most =
                ranks.size() > 1 ? 1 : MAX_NUMBERS / (classes * (run.backbone().embedDim() + 1));
        return TrialGroup.of(tried, (int) Math.max(1, most));
    }

    /**
     * The training whose result is the run's, evaluated on the test split.
     *
     * @param tuning that of the job, at its start
     */
    Trained train(TrainingSpec training, Tuning tuning) {
        String journal = RunFolder.JOURNAL;
        begin(training, tuning, journal);
        Group group = call(training);
        TrainConfig config = training.chosen().train();
        Inputs learned = inputs.learned(tuning, training.chosen(), training.examples(run));
        Inputs judging = inputs.judging(tuning, training.chosen(), run.splits().test());
        Training told = new Training("train", config.epochs());
        Evaluation[] latest = new Evaluation[1];
        EpochEvaluation validation = training.holdsOutValidation(run)
                ? validation(training, tuning, (found, epoch) -> tell(told, epoch, Split.VALIDATION, found))
                : NOTHING_MEASURED;
        EpochEvaluation evaluation = (epoch, last) -> {
            latest[0] = null;
            Top1 heldOut = validation.after(epoch, last);
            if (epoch == 0 || !config.testCurve() || !last && epoch % config.evaluateEvery() != 0) {
                return heldOut;
            }
            latest[0] = evaluate(tuning, judging, Progress.NONE);
            tell(told, epoch, Split.TEST, latest[0]);
            return new Top1(heldOut.validation(), heldOut.validationLoss(), latest[0].score());
        };
        try (Trainer trainer = new Trainer(tuning, training.settings(run), group)) {
            TrainingPosition end =
                    phases.in(Phase.TRAIN, () -> run(trainer, learned, journal, told.name(), evaluation));
            double temperature = config.calibrate() ? temperature(training, tuning) : 1;
            LabelSpace labels = fitted(training, tuning);
            boolean evaluated = latest[0] != null
                    && config.select() == TrainConfig.Select.LAST
                    && temperature == 1
                    && labels.equals(judging.examples().labels());
            Evaluation test = phases.in(
                    Phase.EVALUATION,
                    () -> evaluated
                            ? latest[0]
                            : evaluate(
                                    tuning,
                                    labels,
                                    temperature,
                                    judging,
                                    phases.observer().progress()));
            if (!evaluated) {
                tell(told, end.curves().size(), Split.TEST, test);
            }
            return new Trained(end.curves(), end.best(), labels, temperature, test);
        }
    }

    /**
     * What a training learned from, without augmentation: all of it where its features were kept, and otherwise some examples,
     * evenly spread.
     *
     * @param most how many examples go through the backbone
     */
    Inputs sample(TrainingSpec training, Tuning tuning, int most) {
        Examples examples = training.examples(run);
        if (tuning.frozenSteps() == run.backbone().steps()) {
            Inputs learned = inputs.learned(tuning, training.chosen(), examples); // as train did, so it is there
            if (learned instanceof KeptInputs) {
                return learned;
            }
        }
        int count = Math.min(most, examples.size());
        return Inputs.images(new ExampleSubset(
                examples,
                IntStream.range(0, count)
                        .mapToObj(i -> (int) ((long) i * examples.size() / count))
                        .toList()));
    }

    private void tell(Training training, int epoch, Split split, Evaluation found) {
        phases.observer().status().accuracy(split, found.score());
        RunObserver.tell(phases.observer(), told -> told.onEvaluation(training, epoch, split, found.quality()));
    }

    /**
     * Trains and says how good the result is.
     *
     * @param phase that the time is of
     * @param examples to judge on
     * @param name what the progress calls it
     * @param journal the name of the file that keeps it until {@link #forget}
     */
    TrialResult judged(TrainingSpec training, Phase phase, Examples examples, String name, String journal) {
        try (Tuning tuning = begin(training, tuning(training), journal);
                Trainer trainer = new Trainer(tuning, training.settings(run), call(training))) {
            long begun = System.nanoTime();
            Inputs learned = inputs.learned(tuning, training.chosen(), training.examples(run));
            double frozen = (System.nanoTime() - begun) * 1e-9;
            EpochEvaluation evaluation = training.settings(run).selection().isMade()
                    ? validation(training, tuning, (found, epoch) -> {})
                    : NOTHING_MEASURED;
            Inputs judging = inputs.judging(tuning, training.chosen(), examples);
            return phases.in(phase, () -> {
                double steps = seconds(run(trainer, learned, journal, name, evaluation));
                return new TrialResult(evaluate(tuning, judging, Progress.NONE).score(), frozen + steps);
            });
        }
    }

    /**
     * Trains heads side by side as {@link #judged} would one after the other.
     *
     * @param heads trainings of linear heads, whose settings are {@linkplain TrainingSettings#common alike} but for what is a
     *     head's own
     * @return one for each; empty for a head that diverged
     */
    List<Optional<TrialResult>> judgedTogether(
            List<TrainingSpec> heads, Phase phase, Examples examples, String name, String journal) {
        TrainingSpec first = heads.get(0);
        List<TrainingSettings> settings =
                heads.stream().map(head -> head.settings(run)).toList();
        try (Tuning tuning = begin(first, tuning(first), journal);
                StackedHeads trainer = new StackedHeads(tuning, settings)) {
            long begun = System.nanoTime();
            Inputs learned = inputs.learned(tuning, first.chosen(), first.examples(run));
            double frozen = (System.nanoTime() - begun) * 1e-9;
            Inputs judging = inputs.judging(tuning, first.chosen(), examples);
            return phases.in(phase, () -> {
                double steps = seconds(run(trainer, learned, journal, name, NOTHING_MEASURED)) / heads.size();
                List<Optional<TrialResult>> judged = new ArrayList<>();
                for (int head = 0; head < heads.size(); head++) {
                    double seconds = head == 0 ? frozen + steps : steps;
                    judged.add(
                            trainer.select(head)
                                    ? Optional.of(new TrialResult(
                                            evaluate(tuning, judging, Progress.NONE)
                                                    .score(),
                                            seconds))
                                    : Optional.empty());
                }
                return judged;
            });
        }
    }

    /** Puts a tuning where its training begins, unless a journal knows better. */
    private Tuning begin(TrainingSpec training, Tuning tuning, String journal) {
        try {
            if (!Files.exists(phases.folder().file(journal))) {
                start.set(training, tuning);
            }
            return tuning;
        } catch (RuntimeException e) {
            tuning.close();
            throw e;
        }
    }

    /**
     * Accuracy on the validation split, as often as the config says.
     *
     * @param told gets each evaluation and after which epoch it was
     */
    private EpochEvaluation validation(TrainingSpec training, Tuning tuning, ObjIntConsumer<Evaluation> told) {
        int every = training.chosen().train().evaluateEvery();
        Inputs judging = inputs.judging(tuning, training.chosen(), run.splits().validation());
        return (epoch, last) -> {
            if (!last && epoch % every != 0) {
                return Top1.NONE;
            }
            Evaluation found = evaluate(tuning, judging, Progress.NONE);
            told.accept(found, epoch);
            return new Top1(found.score(), found.loss(), null);
        };
    }

    private TrainingPosition run(
            SteppedTraining learner, Inputs learned, String journal, String name, EpochEvaluation evaluation) {
        TrainConfig.Journal saving = run.config().train().journal();
        return new TrainingLoop(learner, learned, run.workers())
                .run(
                        new Journal(phases.folder().file(journal), saving.everySeconds(), saving.everySteps()),
                        phases.observer(),
                        name,
                        evaluation);
    }

    private static double seconds(TrainingPosition end) {
        return end.curves().stream().mapToDouble(EpochRecord::seconds).sum();
    }

    /** Deletes the journal of a training whose result is noted. */
    void forget(String journal) {
        try {
            Files.deleteIfExists(phases.folder().file(journal));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls the other ranks to a training, which they prepare for while this one does. */
    private Group call(TrainingSpec training) {
        Group group = ranks.group();
        if (group.size() > 1) {
            training.send(run.config(), group);
            phases.folder().ranks(Message.gather(group, Machine.describe(run.config(), 1)));
        }
        return group;
    }

    /** The temperature that is best on the validation split; 1 if none is. */
    private double temperature(TrainingSpec training, Tuning tuning) {
        Inputs validation =
                inputs.judging(tuning, training.chosen(), run.splits().validation());
        Progress progress = ranks.watched(phases.observer().progress());
        return phases.in(Phase.EVALUATION, () -> run.inference()
                .temperature(batch -> logits(tuning, batch), validation, "calibrate", progress)
                .orElse(1));
    }

    /** The labels of the task: with thresholds for sets of classes, which are fitted where validation images were held out. */
    private LabelSpace fitted(TrainingSpec training, Tuning tuning) {
        LabelSpace labels = run.splits().train().labels();
        if (labels.kind() != LabelSpace.Kind.MULTI || !training.holdsOutValidation(run)) {
            return labels;
        }
        Inputs validation =
                inputs.judging(tuning, training.chosen(), run.splits().validation());
        Progress progress = ranks.watched(phases.observer().progress());
        return phases.in(Phase.EVALUATION, () -> run.inference()
                .thresholds(batch -> logits(tuning, batch), validation, "thresholds", progress));
    }

    private Evaluation evaluate(Tuning tuning, Inputs judging, Progress shown) {
        return evaluate(tuning, judging.examples().labels(), 1, judging, shown);
    }

    private Evaluation evaluate(Tuning tuning, LabelSpace labels, double temperature, Inputs judging, Progress shown) {
        return run.inference()
                .evaluate(
                        batch -> logits(tuning, batch), labels, temperature, judging, "evaluate", ranks.watched(shown));
    }

    private static Tensor logits(Tuning tuning, Batch batch) {
        return tuning.head(tuning.features(batch.input(), batch.step(), Dropout.NONE, 0));
    }
}
