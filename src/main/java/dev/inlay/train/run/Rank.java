package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.LocalRank;
import dev.inlay.parallel.LocalRanks;
import dev.inlay.parallel.Ranks;
import dev.inlay.progress.Progress;
import dev.inlay.train.Following;
import dev.inlay.train.Inputs;
import dev.inlay.train.ModelEvaluator;
import dev.inlay.train.Trainer;
import dev.inlay.train.run.RunData.Part;
import dev.inlay.tuning.Tuning;
import java.util.EnumSet;
import java.util.Optional;

/**
 * A process that helps rank 0 train. It loads what rank 0 names and takes part in the trainings that rank 0 calls for; all
 * else that a run does, rank 0 does alone.
 */
public final class Rank {
    private Rank() {}

    /**
     * Processes on this machine that train a run together with this one.
     *
     * @param size how many, this one among them; at least 1
     */
    public static Ranks local(int size) {
        return LocalRanks.of(size, Rank.class);
    }

    /**
     * The whole life of such a process.
     *
     * @param args as {@link LocalRanks} gives them
     */
    public static void main(String[] args) {
        LocalRank.join(args, Rank::serve);
    }

    /**
     * Takes part in trainings until rank 0 calls for no more.
     *
     * @param group all ranks
     * @throws dev.inlay.error.InlayException if another rank is gone, or what rank 0 names cannot be loaded
     */
    public static void serve(Group group) {
        try (SharedWork shared = new SharedWork()) {
            for (Optional<Job> job = Job.receive(group); job.isPresent(); job = Job.receive(group)) {
                follow(job.get(), group, shared);
            }
        }
    }

    private static void follow(Job job, Group group, SharedWork shared) {
        RunConfig run = job.runConfig();
        RunConfig chosen = job.chosenConfig();
        TuneRun.prepare(run, group.size());
        Backbone backbone = shared.backbone(run);
        Part part = job.withValidation() ? Part.TRAIN_AND_VALIDATION : Part.TRAIN;
        RunData data = shared.data(run, EnumSet.of(part), Progress.NONE, saidByRank0 -> {}, checkedByRank0 -> {});
        Examples examples = job.withValidation()
                ? data.splits().trainAndValidation()
                : data.splits().train();
        int workers = RunData.workers(run.data());
        ModelEvaluator evaluator = new ModelEvaluator(run.train().evaluationBatchSize(), workers, backbone.device());
        try (Tuning tuning = new Tuning(
                        backbone,
                        job.spec(),
                        examples.classNames().size(),
                        TrainingChoice.head(chosen.train()),
                        job.seed());
                Trainer trainer = new Trainer(tuning, TrainingChoice.settings(chosen, job.seed()), group)) {
            Inputs inputs = new FrozenInputs(shared, data, FrozenInputs.Account.NONE, evaluator, Progress.NONE)
                    .learned(tuning, chosen, examples);
            Following.run(trainer, inputs, workers);
        }
    }
}
