package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.engine.WorkItem;
import dev.inlay.engine.Worker;
import dev.inlay.parallel.Ranks;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.SharedWork;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A run that any process can do, or resume from the journal in its folder. Tells the text of {@code metrics.json}.
 *
 * @param name of the run
 * @param config of the run, in full, as JSON
 * @param folder of the run, absolute
 */
record RunItem(String name, String config, String folder) implements WorkItem<String> {
    @Serial
    private static final long serialVersionUID = 1L;

    /** The file that a run leaves at its end. */
    static final String METRICS = "metrics.json";

    static RunItem of(RunConfig config, Path folder) {
        return new RunItem(
                config.name(), config.settings().json(), folder.toAbsolutePath().toString());
    }

    @Override
    public String run(Worker worker) {
        if (!isDone()) {
            ReportedRun.run(runConfig(), out(), watching(worker), shared(worker), Ranks.ALONE);
        }
        return text();
    }

    @Override
    public List<String> files(String text) {
        return List.of(metrics().toString());
    }

    boolean isDone() {
        return Files.exists(metrics());
    }

    /** What a run that is done tells. */
    String text() {
        return MetricsFile.text(metrics());
    }

    Path metrics() {
        return out().resolve(METRICS);
    }

    Path out() {
        return Path.of(folder);
    }

    RunConfig runConfig() {
        return RunConfig.parse(config, Path.of(""), List.of());
    }

    /** Who watches a run that a worker does. */
    static RunObserver watching(Worker worker) {
        return RunObserver.of(worker.progress(), worker.keep(RunStatus.class, RunStatus::new), worker.stop());
    }

    /** What the runs of a worker have in common. */
    static SharedWork shared(Worker worker) {
        return worker.keep(SharedWork.class, SharedWork::new);
    }
}
