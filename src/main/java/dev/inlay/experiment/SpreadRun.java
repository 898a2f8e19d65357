package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.SharedFolder;
import dev.inlay.engine.Team;
import dev.inlay.engine.WorkItem;
import dev.inlay.engine.WorkListener;
import dev.inlay.engine.Worker;
import dev.inlay.error.InlayException;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.record.Split;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.RunFolder;
import dev.inlay.train.run.TuneRun;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run on an engine: what comes before its search, every point of the search, and all that is left are work items. Its
 * process computes nothing, and the result is that of {@link TuneRun}.
 */
public final class SpreadRun {
    private static final Logger LOG = LoggerFactory.getLogger(SpreadRun.class);

    private final RunItem run;
    private final RunObserver watching;
    private final Engine engine;
    private final Worker here;
    private final SharedFolder shared;

    private SpreadRun(RunItem run, RunObserver watching, Engine engine, Worker here, SharedFolder shared) {
        this.run = run;
        this.watching = watching;
        this.engine = engine;
        this.here = here;
        this.shared = shared;
    }

    /** Takes in what becomes of pieces. */
    private static final class Collecting<R> implements WorkListener<R> {
        private final List<R> results = new ArrayList<>();
        private final List<String> failures = new ArrayList<>();
        private final Progress.Task task;

        Collecting(Progress.Task task) {
            this.task = task;
        }

        @Override
        public void finished(int piece, R result) {
            results.add(result);
            task.at(over());
        }

        @Override
        public void failed(int piece, String reason) {
            LOG.error("piece {} failed: {}", piece, reason);
            failures.add(reason);
            task.at(over());
        }

        int over() {
            return results.size() + failures.size();
        }
    }

    /**
     * Does a run, or resumes it.
     *
     * @param out the run's folder
     * @param watching who watches; the progress sees the points of the search
     * @param engine where the work is done
     * @return what {@code metrics.json} holds
     * @throws InlayException saying what is wrong and what to do; the points that did not fail are done then
     * @throws StoppedException if {@code watching} asked to stop; everything so far is saved
     */
    public static RunRecord run(RunConfig config, Path out, RunObserver watching, Engine engine) {
        RunFolder.requireConfig(out, config.settings().json());
        try (Worker here = new Worker(Progress.NONE, watching.stop());
                SharedFolder shared = SharedFolder.open(out)) {
            here.keep(RunStatus.class, watching::status);
            return new SpreadRun(RunItem.of(config, out), watching, engine, here, shared).run(config);
        }
    }

    /**
     * Does a run in several processes, or resumes it; its search, too, is theirs together.
     *
     * @param out the run's folder
     * @param watching who watches; the progress sees nothing
     * @param team the processes
     * @param port where rank 0 listens for the others; 0 takes a free one
     * @param idleness how long they wait for one another
     * @return what {@code metrics.json} holds
     * @throws InlayException saying what is wrong and what to do, or which process is gone; everything so far is saved
     */
    public static RunRecord run(
            RunConfig config, Path out, RunObserver watching, Team team, int port, Duration idleness) {
        RunFolder.requireConfig(out, config.settings().json());
        RunItem run = RunItem.of(config, out);
        return told(run, run.isDone() ? run.text() : run(run, watching, team, port, idleness), watching);
    }

    private static String run(RunItem run, RunObserver watching, Team team, int port, Duration idleness) {
        try (SharedFolder shared = SharedFolder.open(run.out())) {
            String secret = UUID.randomUUID().toString();
            String text = team.run(new DistributedRun(run, shared.token(), secret, port, idleness), watching.stop());
            SharedFolder.requireFiles("rank 0", run.files(text));
            return text;
        }
    }

    private static RunRecord told(RunItem run, String text, RunObserver watching) {
        RunRecord record = MetricsFile.parse(text, run.metrics().toString());
        watching.status().accuracy(Split.TEST, record.test().score());
        return record;
    }

    private RunRecord run(RunConfig config) {
        if (!run.isDone() && config.data().folds().isPresent()) {
            all("folds", CrossValidation.items(config, run.out()));
        } else if (!run.isDone() && !config.search().grid().isEmpty()) {
            List<Integer> left =
                    all("before the search", List.of(new PrepareItem(run))).get(0);
            all("search", left.stream().map(point -> new TrialItem(run, point)).toList());
        }
        return told(run, all("train", List.of(run)).get(0), watching);
    }

    private <R extends Serializable> List<R> all(String name, List<? extends WorkItem<R>> items) {
        try (Progress.Task task = watching.progress().start(name, Progress.Unit.TRIALS, items.size())) {
            Collecting<R> collecting = new Collecting<>(task);
            shared.run(engine, items, here, collecting);
            if (collecting.over() < items.size()) {
                throw new StoppedException("stopped; what was done is saved; rerun the same command to resume");
            }
            if (!collecting.failures.isEmpty()) {
                throw new InlayException(failure(collecting.failures, items.size()));
            }
            return collecting.results;
        }
    }

    private static String failure(List<String> failures, int pieces) {
        return pieces == 1
                ? failures.get(0)
                : failures.size() + " of " + pieces + " points of the search failed, such as: " + failures.get(0)
                        + "; the others are done, the same command tries the failed ones again";
    }
}
