package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.parallel.Ranks;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Quality;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.record.Split;
import dev.inlay.report.MistakeImages;
import dev.inlay.report.ReportPage;
import dev.inlay.train.RunObserver;
import dev.inlay.train.StepResult;
import dev.inlay.train.Training;
import dev.inlay.train.run.RunFolder;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run whose config asks for folds: a run on each, in a folder of its own below that of the whole, and what they found
 * together. A fold that is finished stays as it is, one that was cut short is resumed.
 */
final class CrossValidation {
    private static final Logger LOG = LoggerFactory.getLogger(CrossValidation.class);

    private CrossValidation() {}

    /** The runs on the folds, which any process may do; empty if the config asks for none. */
    static List<RunItem> items(RunConfig config, Path out) {
        return IntStream.rangeClosed(1, config.data().folds().orElse(0))
                .mapToObj(fold -> RunItem.of(
                        RunConfig.parse(config.settings().json(), Path.of(""), List.of("data.split.fold=" + fold)),
                        out.resolve(folder(fold))))
                .toList();
    }

    static String folder(int fold) {
        return "fold-" + fold;
    }

    /** The configs of the runs that a config asks for, by their folders: one for each fold, or the run itself. */
    static Map<Path, RunConfig> runs(RunConfig config, Path out) {
        if (config.data().folds().isEmpty()) {
            return Map.of(out, config);
        }
        Map<Path, RunConfig> runs = new LinkedHashMap<>();
        items(config, out).forEach(item -> runs.put(item.out(), item.runConfig()));
        return runs;
    }

    /**
     * Does the runs that are not done, and sums all up in {@code metrics.json} and {@code report.html}.
     *
     * @throws dev.inlay.error.DataException if finished folds were of other files than are there now
     */
    static RunRecord run(RunConfig config, Path out, RunObserver watching, SharedWork shared, Ranks ranks) {
        List<RunItem> items = items(config, out);
        List<RunRecord> found = new ArrayList<>();
        try (RunFolder whole = RunFolder.open(out, config.settings().json())) {
            items.forEach(item -> RunFolder.requireConfig(item.out(), item.config()));
            requireSameInputs(items, shared, watching.progress());
            for (RunItem item : items) {
                String name = "fold " + (found.size() + 1) + " of " + items.size();
                if (!item.isDone()) {
                    LOG.info("{} begins", name);
                    RunObserver observer = new FoldObserver(watching, name);
                    ReportedRun.written(item.out(), TuneRun.run(item.runConfig(), item.out(), observer, shared, ranks));
                }
                whole.claim("a run for each fold");
                found.add(MetricsFile.read(item.metrics()));
                LOG.info("{}: {}", name, found.get(found.size() - 1));
            }
            RunRecord pooled = PooledFolds.of(config, found);
            MetricsFile.write(out.resolve(RunItem.METRICS), pooled);
            ReportPage.write(out.resolve("report.html"), pooled, MistakeImages.NONE);
            watching.status().accuracy(Split.TEST, pooled.test().score());
            return pooled;
        }
    }

    private static void requireSameInputs(List<RunItem> items, SharedWork shared, Progress progress) {
        Map<Path, RunConfig> done = new LinkedHashMap<>();
        items.stream().filter(RunItem::isDone).forEach(item -> done.put(item.out(), item.runConfig()));
        if (done.size() < items.size()) {
            TuneRun.requireSameInputs(done, List.copyOf(done.values()), shared, progress);
        }
    }

    /**
     * Observes the run on one fold, and tells of its trainings by the fold's name.
     *
     * @param whole watches all of them
     */
    private record FoldObserver(RunObserver whole, String name) implements RunObserver {
        private Training named(Training training) {
            return new Training(
                    training.name().equals("train") ? name : name + ", " + training.name(), training.epochs());
        }

        @Override
        public Progress progress() {
            return whole.progress();
        }

        @Override
        public RunStatus status() {
            return whole.status();
        }

        @Override
        public BooleanSupplier stop() {
            return whole.stop();
        }

        @Override
        public void onAdvice(Supplier<Optional<String>> advice) {
            whole.onAdvice(advice);
        }

        @Override
        public void onStep(Training training, long step, StepResult result) {
            whole.onStep(named(training), step, result);
        }

        @Override
        public void onEpoch(Training training, EpochRecord epoch) {
            whole.onEpoch(named(training), epoch);
        }

        @Override
        public void onEvaluation(Training training, int epoch, Split split, Quality quality) {
            whole.onEvaluation(named(training), epoch, split, quality);
        }
    }
}
