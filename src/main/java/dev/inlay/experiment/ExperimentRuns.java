package dev.inlay.experiment;

import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.config.SearchConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.SharedFolder;
import dev.inlay.engine.WorkListener;
import dev.inlay.engine.Worker;
import dev.inlay.error.DataException;
import dev.inlay.error.StoppedException;
import dev.inlay.record.ComparisonRunRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.RunFolder;
import dev.inlay.train.run.SharedWork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the runs of an experiment, each a piece of work in a folder below one. A run that is finished stays as it is, one that
 * was cut short is resumed, one that failed is tried again; neighbours share what they have in common.
 */
final class ExperimentRuns {
    private static final Logger LOG = LoggerFactory.getLogger(ExperimentRuns.class);

    private final ExperimentConfig config;
    private final Path out;
    private final RunObserver watching;
    private final BiConsumer<Run, RunRecord> finished;
    private final Map<Run, ComparisonRunRecord> records = new HashMap<>();
    private final Set<String> backbones = new LinkedHashSet<>();

    /**
     * @param out the folder of the experiment
     * @param watching who watches; the progress sees one piece of work
     * @param finished gets each run that is done now, and not those that were done before
     */
    ExperimentRuns(ExperimentConfig config, Path out, RunObserver watching, BiConsumer<Run, RunRecord> finished) {
        this.config = config;
        this.out = out;
        this.watching = watching;
        this.finished = finished;
    }

    /**
     * Does every run that is not done yet and writes nothing beside them. A run that fails is part of the result.
     *
     * @return what became of each run, in the order of the config
     * @throws dev.inlay.error.ConfigException before anything is run, if a backbone has no tunable parameter for a method, or a folder
     *     holds a run of another config
     * @throws StoppedException if {@code watching} asked to stop; everything so far is saved
     */
    Map<Run, ComparisonRunRecord> run(Engine engine) {
        try (Worker here = new Worker(watching.progress(), watching.stop())) {
            here.keep(RunStatus.class, watching::status);
            SharedWork shared = here.keep(SharedWork.class, SharedWork::new);
            List<Run> runs = new ExperimentChecks(config, out, shared, watching.progress()).budgetedRuns();
            List<Run> left = runs.stream().filter(run -> !isDone(out, run)).toList();
            LOG.info("{} of {} runs are done", runs.size() - left.size(), runs.size());
            runs.stream().filter(run -> isDone(out, run)).forEach(this::keep);
            run(left, engine, here);
            Map<Run, ComparisonRunRecord> ordered = new LinkedHashMap<>();
            runs.forEach(run -> ordered.put(run, records.get(run)));
            return ordered;
        }
    }

    /** The names of the backbones of the runs that found something. */
    List<String> backbones() {
        return List.copyOf(backbones);
    }

    static boolean isDone(Path out, Run run) {
        Path folder = out.resolve(run.folder());
        return RunFolder.configOf(folder).isPresent() && Files.exists(folder.resolve(RunItem.METRICS));
    }

    private void run(List<Run> left, Engine engine, Worker here) {
        try (SharedFolder shared = SharedFolder.open(out);
                WholeProgress progress = new WholeProgress(watching.progress(), watching.status(), left.size())) {
            List<RunItem> items = left.stream()
                    .map(run -> RunItem.of(run.config(), out.resolve(run.folder())))
                    .toList();
            shared.run(engine, items, here.watchedBy(progress, watching.stop()), new Collecting(left, progress));
            if (records.size() < config.runs().size()) {
                throw new StoppedException("stopped after " + records.size() + " of "
                        + config.runs().size() + " runs, which are saved; rerun the same command to resume");
            }
            progress.begin(left.size(), "all runs done", 1);
        }
    }

    /** Takes in what becomes of the runs that were left. */
    private final class Collecting implements WorkListener<String> {
        private final List<Run> left;
        private final WholeProgress progress;
        private int over;

        Collecting(List<Run> left, WholeProgress progress) {
            this.left = left;
            this.progress = progress;
        }

        @Override
        public void begins(int i) {
            Run run = left.get(i);
            LOG.info("{} begins", run.key());
            progress.begin(over, "run " + (over + 1) + " of " + left.size() + ": " + run.key(), trainings(run));
        }

        @Override
        public void finished(int i, String metrics) {
            Run run = left.get(i);
            RunRecord record = MetricsFile.parse(metrics, metrics(run).toString());
            finished.accept(run, record);
            add(run, record);
            ends();
        }

        @Override
        public void failed(int i, String reason) {
            Run run = left.get(i);
            LOG.error("{} failed: {}", run.key(), reason);
            records.put(run, ComparisonRunRecord.failed(run.key(), reason));
            ends();
        }

        private void ends() {
            over++;
            progress.begin(over, over + " of " + left.size() + " runs", 1);
        }
    }

    private static int trainings(Run run) {
        SearchConfig search = run.config().search();
        int once = search.points(run.config().seed()).size() + 1 + search.repeats();
        return once
                * run.config().method().members().size()
                * run.config().data().folds().orElse(1);
    }

    /** Takes in what a run found that was done before. */
    private void keep(Run run) {
        try {
            add(run, MetricsFile.read(metrics(run)));
        } catch (DataException e) {
            LOG.error("{} cannot be read", run.key(), e);
            records.put(run, ComparisonRunRecord.failed(run.key(), e.getMessage()));
        }
    }

    private void add(Run run, RunRecord record) {
        backbones.add(record.backbone());
        records.put(run, ComparisonRunRecord.finished(run.key(), record, run.folder()));
    }

    private Path metrics(Run run) {
        return out.resolve(run.folder()).resolve(RunItem.METRICS);
    }
}
