package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Noise;
import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.Examples;
import dev.inlay.error.ConfigException;
import dev.inlay.inputs.RunData;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.Message;
import dev.inlay.parallel.Ranks;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.Phase;
import dev.inlay.record.Split;
import dev.inlay.train.Heads;
import dev.inlay.train.Inputs;
import dev.inlay.train.Journal;
import dev.inlay.train.Learner;
import dev.inlay.train.ModelEvaluator;
import dev.inlay.train.Trainer;
import dev.inlay.train.Training.EpochEvaluation.Top1;
import dev.inlay.train.Training;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.evaluate.Evaluation;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Linear;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The trainings of one run: those of its search, its own, its repeats.
 *
 * @param config of the run
 * @param folder where journals are kept
 * @param ranks that train together
 */
record Trainings(
        RunConfig config,
        RunFolder folder,
        Backbone backbone,
        RunData data,
        Phases phases,
        FrozenInputs inputs,
        ModelEvaluator evaluator,
        TuneRun.Watching watching,
        Ranks ranks) {
    /** In heads that train side by side; with their gradients and what the optimiser keeps some 300 MB. */
    private static final long MOST_NUMBERS = 1L << 24;

    /**
     * What a training left besides what it tuned.
     *
     * @param curves one record per epoch
     * @param test the evaluation at its end
     */
    record Trained(List<EpochRecord> curves, Evaluation test) {}

    /**
     * What a training gave that was judged by its accuracy alone.
     *
     * @param top1 fraction in [0, 1]
     * @param seconds that its steps took over all the times it was taken up, and what frozen blocks give where this training
     *     was the first to need it
     */
    record Judged(double top1, double seconds) {}

    /** A spec in this run's backbone, at its start. */
    Tuning tuning(TuningSpec spec, RunConfig chosen, long seed) {
        int classes = data.splits().train().classNames().size();
        Tuning tuning = new Tuning(backbone, spec, classes, TrainingChoice.head(chosen.train()), seed);
        try {
            Trainer.requireShareable(tuning, TrainingChoice.settings(chosen, seed), ranks.size());
            return tuning;
        } catch (ConfigException e) {
            tuning.close();
            throw e;
        }
    }

    /** Which points of a search are tried at once; several ranks try one after the other. */
    List<PointGroup> groups(List<RunConfig> tried) {
        long classes = data.splits().train().classNames().size();
        long most = ranks.size() > 1 ? 1 : MOST_NUMBERS / (classes * (backbone.embedDim() + 1));
        return PointGroup.of(tried, (int) Math.max(1, most));
    }

    /** What a final training learns from. */
    Examples examples(RunConfig chosen) {
        return chosen.train().withValidation()
                ? data.splits().trainAndValidation()
                : data.splits().train();
    }

    /** The training whose result is the run's. */
    Trained train(Tuning tuning, TuningSpec spec, RunConfig chosen) {
        Group group = call(spec, chosen, config.seed(), examples(chosen));
        Inputs learned = inputs.learned(tuning, chosen, examples(chosen));
        Inputs judging = inputs.judging(tuning, chosen, data.splits().test());
        Evaluation[] latest = new Evaluation[1];
        Training.EpochEvaluation evaluation = (epoch, last) -> {
            latest[0] = null;
            if (!last && epoch % chosen.train().evaluateEvery() != 0) {
                return Top1.NONE;
            }
            latest[0] = evaluate(tuning, judging, Progress.NONE);
            watching.status().accuracy(Split.TEST, latest[0].top1());
            return new Top1(null, latest[0].top1());
        };
        Journal journal = new Journal(folder.file("journal.safetensors"));
        try (Trainer trainer = new Trainer(tuning, TrainingChoice.settings(chosen, config.seed()), group)) {
            List<EpochRecord> curves = phases.in(
                    Phase.TRAIN, () -> new Training(trainer, learned, watch(journal, "train"), evaluation).run());
            Evaluation test = phases.in(
                    Phase.EVALUATION,
                    () -> latest[0] != null ? latest[0] : evaluate(tuning, judging, watching.progress()));
            watching.status().accuracy(Split.TEST, test.top1());
            return new Trained(curves, test);
        }
    }

    /**
     * Trains on some examples and says how good the result is on others.
     *
     * @param name what the progress calls it
     * @param journal the name of the file that keeps it until {@link #forget}
     */
    Judged judged(
            Phase phase,
            TuningSpec spec,
            RunConfig chosen,
            long seed,
            Examples examples,
            Examples others,
            String name,
            String journal) {
        try (Tuning tuning = tuning(spec, chosen, seed);
                Trainer trainer = new Trainer(
                        tuning, TrainingChoice.settings(chosen, seed), call(spec, chosen, seed, examples))) {
            long start = System.nanoTime();
            Inputs learned = inputs.learned(tuning, chosen, examples);
            double frozen = (System.nanoTime() - start) * 1e-9;
            Inputs judging = inputs.judging(tuning, chosen, others);
            return phases.in(phase, () -> {
                double steps = seconds(trainer, learned, name, journal);
                return new Judged(evaluate(tuning, judging, Progress.NONE).top1(), frozen + steps);
            });
        }
    }

    /**
     * Trains heads side by side as {@link #judged} would one after the other.
     *
     * @param heads their settings, {@linkplain TrainingSettings#common alike} but for what is a head's own
     * @return one for each; empty for a head that diverged
     */
    List<Optional<Judged>> judgedTogether(
            Phase phase,
            List<RunConfig> heads,
            long seed,
            Examples examples,
            Examples others,
            String name,
            String journal) {
        RunConfig first = heads.get(0);
        List<TrainingSettings> settings =
                heads.stream().map(head -> TrainingChoice.settings(head, seed)).toList();
        try (Tuning tuning = tuning(new Linear(), first, seed);
                Heads trainer = new Heads(tuning, settings)) {
            long start = System.nanoTime();
            Inputs learned = inputs.learned(tuning, first, examples);
            double frozen = (System.nanoTime() - start) * 1e-9;
            Inputs judging = inputs.judging(tuning, first, others);
            return phases.in(phase, () -> {
                double steps = seconds(trainer, learned, name, journal) / heads.size();
                List<Optional<Judged>> judged = new ArrayList<>();
                for (int head = 0; head < heads.size(); head++) {
                    double seconds = head == 0 ? frozen + steps : steps;
                    judged.add(
                            trainer.select(head)
                                    ? Optional.of(new Judged(
                                            evaluate(tuning, judging, Progress.NONE)
                                                    .top1(),
                                            seconds))
                                    : Optional.empty());
                }
                return judged;
            });
        }
    }

    /** Trains to the end; the seconds that the steps took. */
    private double seconds(Learner learner, Inputs learned, String name, String journal) {
        Training.Watch watch = watch(new Journal(folder.file(journal)), name);
        return new Training(learner, learned, watch, (epoch, last) -> Top1.NONE)
                .run().stream().mapToDouble(EpochRecord::seconds).sum();
    }

    /** Deletes the journal of a training whose result is noted. */
    void forget(String journal) {
        try {
            Files.deleteIfExists(folder.file(journal));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls the other ranks to a training, which they prepare for while this one does. */
    private Group call(TuningSpec spec, RunConfig chosen, long seed, Examples examples) {
        Group group = ranks.group();
        if (group.size() > 1) {
            boolean withValidation = examples == data.splits().trainAndValidation();
            Job.of(config, chosen, spec, seed, withValidation).send(group);
            folder.ranks(Message.gather(group, TuneRun.machine(config, 1)));
        }
        return group;
    }

    private Training.Watch watch(Journal journal, String name) {
        TrainConfig.Journal saving = config.train().journal();
        return new Training.Watch(
                journal,
                saving.everySeconds(),
                saving.everySteps(),
                RunData.workers(config.data()),
                watching.stop(),
                watching.status(),
                watching.progress(),
                name);
    }

    private Evaluation evaluate(Tuning tuning, Inputs judging, Progress shown) {
        return evaluator.evaluate(
                batch -> tuning.head(tuning.features(batch.input(), batch.step(), Noise.NONE, 0)),
                judging,
                "evaluate",
                ranks.watched(shown));
    }
}
