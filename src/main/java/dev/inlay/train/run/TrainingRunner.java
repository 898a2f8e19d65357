package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.ExampleSubset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
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
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Tuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

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

    /** What observers know the run's own training by. */
    private static final String OWN = "train";

    private static final EpochEvaluation NOTHING_MEASURED = (epoch, last) -> Top1.NONE;

    /**
     * What a training left besides what it tuned.
     *
     * @param members what the training of each member left
     * @param labels how the outputs of its heads are read
     * @param temperature of its logits
     * @param test the evaluation of all together
     */
    record Trained(List<TrainedMember> members, LabelSpace labels, double temperature, Evaluation test) {}

    /**
     * What the training of a member left besides what it tuned.
     *
     * @param training that it was
     * @param curves one record per epoch
     * @param best the best epoch on validation; null where validation was not evaluated
     * @param test the evaluation of the member alone; the same as that of all where there is one
     */
    record TrainedMember(TrainingSpec training, List<EpochRecord> curves, Best best, Evaluation test) {}

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
    Ensemble tuned(TrainingSpec training) {
        List<Tuning> members = new ArrayList<>();
        try {
            for (TrainingSpec member : training.members()) {
                Tuning tuning = member.tuning(run);
                members.add(tuning);
                Trainer.requireTrainable(tuning, member.settings(run), ranks.size());
            }
            return Ensemble.of(members);
        } catch (RuntimeException e) {
            members.forEach(Tuning::close);
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
     * The training whose result is the run's, evaluated on the test split. Members are trained one after the other, each with a
     * journal of its own, so that a run that was killed resumes in the one where it was.
     *
     * @param tuned that of the training, at its start
     */
    Trained train(TrainingSpec training, Ensemble tuned) {
        List<TrainingSpec> specs = training.members();
        List<TrainedMember> members = new ArrayList<>();
        for (int k = 0; k < specs.size(); k++) {
            members.add(train(specs.get(k), tuned.members().get(k), k, specs.size()));
        }
        TrainConfig config = training.chosen().train();
        double temperature = config.calibrate() ? temperature(training, tuned) : 1;
        LabelSpace labels = fitted(training, tuned);
        Inputs judging = inputs.judging(
                tuned.frozenSteps(), training.chosen(), run.splits().test());
        boolean plain = temperature == 1 && labels.equals(judging.examples().labels());
        Evaluation only = members.size() == 1 && plain ? members.get(0).test() : null;
        if (only != null) {
            return new Trained(members, labels, temperature, only);
        }
        Evaluation test = phases.in(
                Phase.EVALUATION,
                () -> evaluate(
                        tuned, labels, temperature, judging, phases.observer().progress()));
        tell(new Training(OWN, config.epochs()), members.get(0).curves().size(), Split.TEST, test);
        return new Trained(members, labels, temperature, test);
    }

    /**
     * Trains a member.
     *
     * @param number of the member, from 0
     * @param of how many there are
     * @return without an evaluation where one that is to be calibrated comes
     */
    private TrainedMember train(TrainingSpec training, Tuning tuning, int number, int of) {
        String journal = RunFolder.journal(RunFolder.JOURNAL, number);
        begin(training, tuning, journal);
        Group group = call(training);
        TrainConfig config = training.chosen().train();
        Ensemble alone = Ensemble.of(List.of(tuning));
        Inputs learned = inputs.learned(tuning, training.chosen(), training.examples(run));
        Inputs judging = inputs.judging(
                tuning.frozenSteps(), training.chosen(), run.splits().test());
        Training told = new Training(of == 1 ? OWN : "member " + (number + 1) + " of " + of, config.epochs());
        Evaluation[] latest = new Evaluation[1];
        EpochEvaluation validation = training.holdsOutValidation(run)
                ? validation(training, alone, (found, epoch) -> tell(told, epoch, Split.VALIDATION, found))
                : NOTHING_MEASURED;
        EpochEvaluation evaluation = (epoch, last) -> {
            latest[0] = null;
            Top1 heldOut = validation.after(epoch, last);
            if (epoch == 0 || !config.testCurve() || !last && epoch % config.evaluateEvery() != 0) {
                return heldOut;
            }
            latest[0] = evaluate(alone, judging, Progress.NONE);
            tell(told, epoch, Split.TEST, latest[0]);
            return new Top1(heldOut.validation(), heldOut.validationLoss(), latest[0].score());
        };
        try (Trainer trainer = new Trainer(tuning, training.settings(run), group)) {
            TrainingPosition end =
                    phases.in(Phase.TRAIN, () -> run(trainer, learned, journal, told.name(), evaluation));
            Evaluation test = config.select() == TrainConfig.Select.LAST ? latest[0] : null;
            if (test == null && !(of == 1 && (config.calibrate() || fitsThresholds(training)))) {
                test = phases.in(
                        Phase.EVALUATION,
                        () -> evaluate(alone, judging, phases.observer().progress()));
                tell(told, end.curves().size(), Split.TEST, test);
            }
            return new TrainedMember(training, end.curves(), end.best(), test);
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
        List<TrainingSpec> members = training.members();
        try (Ensemble tuned = tuned(training)) {
            double seconds = 0;
            for (int k = 0; k < members.size(); k++) {
                String of = members.size() == 1 ? "" : ", member " + (k + 1);
                seconds += trained(
                        members.get(k), tuned.members().get(k), phase, name + of, RunFolder.journal(journal, k));
            }
            Inputs judging = inputs.judging(tuned.frozenSteps(), training.chosen(), examples);
            double score = phases.in(
                    phase, () -> evaluate(tuned, judging, Progress.NONE).score());
            return new TrialResult(score, seconds);
        }
    }

    /** Trains one member of a training that is judged; gives the seconds that it took. */
    private double trained(TrainingSpec training, Tuning tuning, Phase phase, String name, String journal) {
        begin(training, tuning, journal);
        try (Trainer trainer = new Trainer(tuning, training.settings(run), call(training))) {
            long begun = System.nanoTime();
            Inputs learned = inputs.learned(tuning, training.chosen(), training.examples(run));
            double frozen = (System.nanoTime() - begun) * 1e-9;
            EpochEvaluation evaluation = training.settings(run).selection().isMade()
                    ? validation(training, Ensemble.of(List.of(tuning)), (found, epoch) -> {})
                    : NOTHING_MEASURED;
            return frozen + phases.in(phase, () -> seconds(run(trainer, learned, journal, name, evaluation)));
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
        try (Ensemble tuned = tuned(first);
                StackedHeads trainer =
                        new StackedHeads(begin(first, tuned.members().get(0), journal), settings)) {
            Tuning tuning = tuned.members().get(0);
            long begun = System.nanoTime();
            Inputs learned = inputs.learned(tuning, first.chosen(), first.examples(run));
            double frozen = (System.nanoTime() - begun) * 1e-9;
            Inputs judging = inputs.judging(tuned.frozenSteps(), first.chosen(), examples);
            return phases.in(phase, () -> {
                double steps = seconds(run(trainer, learned, journal, name, NOTHING_MEASURED)) / heads.size();
                List<Optional<TrialResult>> judged = new ArrayList<>();
                for (int head = 0; head < heads.size(); head++) {
                    double seconds = head == 0 ? frozen + steps : steps;
                    judged.add(
                            trainer.select(head)
                                    ? Optional.of(new TrialResult(
                                            evaluate(tuned, judging, Progress.NONE)
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
        if (!Files.exists(phases.folder().file(journal))) {
            start.set(training, tuning);
        }
        return tuning;
    }

    /**
     * Accuracy on the validation split, as often as the config says.
     *
     * @param told gets each evaluation and after which epoch it was
     */
    private EpochEvaluation validation(TrainingSpec training, Ensemble tuned, ObjIntConsumer<Evaluation> told) {
        int every = training.chosen().train().evaluateEvery();
        Inputs judging = inputs.judging(
                tuned.frozenSteps(), training.chosen(), run.splits().validation());
        return (epoch, last) -> {
            if (!last && epoch % every != 0) {
                return Top1.NONE;
            }
            Evaluation found = evaluate(tuned, judging, Progress.NONE);
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

    /** Deletes the journals of a training whose result is noted. */
    void forget(String journal) {
        int member = 0;
        try {
            while (Files.deleteIfExists(phases.folder().file(RunFolder.journal(journal, member))) || member == 0) {
                member++;
            }
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
    private double temperature(TrainingSpec training, Ensemble tuned) {
        Inputs validation = inputs.judging(
                tuned.frozenSteps(), training.chosen(), run.splits().validation());
        Progress progress = ranks.watched(phases.observer().progress());
        return phases.in(Phase.EVALUATION, () -> run.inference()
                .temperature(batch -> tuned.logits(batch.input(), batch.step()), validation, "calibrate", progress)
                .orElse(1));
    }

    private boolean fitsThresholds(TrainingSpec training) {
        return run.splits().train().labels().kind() == LabelSpace.Kind.MULTI && training.holdsOutValidation(run);
    }

    /** The labels of the task: with thresholds for sets of classes, which are fitted where validation images were held out. */
    private LabelSpace fitted(TrainingSpec training, Ensemble tuned) {
        if (!fitsThresholds(training)) {
            return run.splits().train().labels();
        }
        Inputs validation = inputs.judging(
                tuned.frozenSteps(), training.chosen(), run.splits().validation());
        Progress progress = ranks.watched(phases.observer().progress());
        return phases.in(Phase.EVALUATION, () -> run.inference()
                .thresholds(batch -> tuned.logits(batch.input(), batch.step()), validation, "thresholds", progress));
    }

    private Evaluation evaluate(Ensemble tuned, Inputs judging, Progress shown) {
        return evaluate(tuned, judging.examples().labels(), 1, judging, shown);
    }

    private Evaluation evaluate(Ensemble tuned, LabelSpace labels, double temperature, Inputs judging, Progress shown) {
        return run.inference()
                .evaluate(
                        batch -> tuned.logits(batch.input(), batch.step()),
                        labels,
                        temperature,
                        judging,
                        "evaluate",
                        ranks.watched(shown));
    }
}
