package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.engine.Piece;
import dev.inlay.engine.Worker;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.RunStatus;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneRun;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A run that any process can do, or go on with from the journal in its folder. Tells the text of {@code metrics.json}.
 *
 * @param name of the run
 * @param config of the run, in full, as JSON
 * @param folder of the run, absolute
 */
record RunPiece(String name, String config, String folder) implements Piece<String> {
    @Serial
    private static final long serialVersionUID = 1L;

    static RunPiece of(RunConfig config, Path folder) {
        return new RunPiece(
                config.name(), config.settings().json(), folder.toAbsolutePath().toString());
    }

    @Override
    public String run(Worker worker) {
        Path out = Path.of(folder);
        Path metrics = out.resolve("metrics.json");
        if (!Files.exists(metrics)) {
            ReportedRun.run(
                    RunConfig.parse(config, Path.of(""), List.of()),
                    out,
                    new TuneRun.Watching(
                            worker.progress(), worker.keep(RunStatus.class, RunStatus::new), worker.stop()),
                    worker.keep(SharedWork.class, SharedWork::new));
        }
        return MetricsFile.text(metrics);
    }
}
