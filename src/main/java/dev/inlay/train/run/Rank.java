package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.data.loading.Inputs;
import dev.inlay.error.Host;
import dev.inlay.inputs.RunData.DataSplit;
import dev.inlay.parallel.ConnectedRanks;
import dev.inlay.parallel.Group;
import dev.inlay.parallel.LocalRank;
import dev.inlay.parallel.LocalRanks;
import dev.inlay.parallel.LostRankException;
import dev.inlay.parallel.Message;
import dev.inlay.parallel.PeerTimeouts;
import dev.inlay.parallel.Ranks;
import dev.inlay.parallel.Rendezvous;
import dev.inlay.progress.Progress;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingLoop;
import dev.inlay.tuning.Tuning;
import java.util.Collections;
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
        return local(size, PeerTimeouts.DEFAULT);
    }

    /**
     * Processes on this machine that train a run together with this one.
     *
     * @param size how many, this one among them; at least 1
     * @param timeouts how long they wait for one another
     */
    public static Ranks local(int size, PeerTimeouts timeouts) {
        return LocalRanks.of(size, Rank.class, timeouts);
    }

    /**
     * Waits until all other ranks have {@linkplain #help come}, and is rank 0 of them.
     *
     * @param rendezvous where they come to; not needed any more then
     * @param size how many, this one among them; at least 2
     * @param timeouts how long they wait for one another
     * @param watch asked while this waits; may throw to end that
     * @throws dev.inlay.error.InlayException naming those that did not come
     */
    public static Ranks await(Rendezvous rendezvous, int size, PeerTimeouts timeouts, Runnable watch) {
        Group group = rendezvous.await(size, InlayVersion.inlay(), timeouts, watch, LostRankException::new);
        return new ConnectedRanks(group, here(group));
    }

    /**
     * Goes to rank 0 and helps it train to the end of its run.
     *
     * @param address of the meeting that rank 0 opens, {@code host:port}
     * @param secret of the meeting
     * @param rank of this process, in [1, size)
     * @param size how many there are
     * @param timeouts how long they wait for one another
     * @throws LostRankException if another rank is gone
     * @throws dev.inlay.error.InlayException if rank 0 does not come or refuses this rank, or what it names cannot be
     *     loaded here
     */
    public static void help(String address, String secret, int rank, int size, PeerTimeouts timeouts) {
        try (Group group =
                Rendezvous.join(address, secret, rank, size, InlayVersion.inlay(), timeouts, LostRankException::new)) {
            group.take(() -> serve(group, here(group)));
        }
    }

    /** How many ranks are on this machine. */
    private static int here(Group group) {
        return Collections.frequency(Message.gather(group, Host.name()), Host.name());
    }

    /**
     * The whole life of such a process.
     *
     * @param args as {@link LocalRanks} gives them
     */
    public static void main(String[] args) {
        LocalRank.join(args, group -> serve(group, group.size()));
    }

    /** Takes part in trainings until rank 0 calls for no more. */
    private static void serve(Group group, int here) {
        try (SharedWork shared = new SharedWork()) {
            for (Optional<TrainingSpec.Call> call = TrainingSpec.receive(group);
                    call.isPresent();
                    call = TrainingSpec.receive(group)) {
                follow(call.get().run(), call.get().job(), group, here, shared);
            }
        }
    }

    private static void follow(RunConfig config, TrainingSpec training, Group group, int here, SharedWork shared) {
        Progress progress = group.watched(Progress.NONE);
        Machine.prepare(config, group.size(), here);
        Message.gather(group, Machine.describe(config, 1));
        DataSplit part = training.withValidation() ? DataSplit.TRAIN_AND_VALIDATION : DataSplit.TRAIN;
        LoadedRun run = new LoadedRun(
                config,
                shared.backbone(config),
                shared.data(config, EnumSet.of(part), progress, saidByRank0 -> {}, checkedByRank0 -> {}));
        try (Tuning tuning = training.tuning(run);
                Trainer trainer = new Trainer(tuning, training.settings(run), group)) {
            Inputs learned = new FrozenInputs(shared, run, Optional.empty(), progress)
                    .learned(tuning, training.chosen(), training.examples(run));
            new TrainingLoop(trainer, learned, run.workers()).follow();
        }
    }
}
