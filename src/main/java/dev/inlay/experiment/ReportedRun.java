package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.parallel.Ranks;
import dev.inlay.record.RunRecord;
import dev.inlay.report.ReportPage;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneOutcome;
import dev.inlay.train.run.TuneRun;
import java.nio.file.Path;

/** A run with its page. */
public final class ReportedRun {
    private ReportedRun() {}

    /**
     * Runs a config as {@link TuneRun#run(RunConfig, Path, RunObserver, SharedWork, Ranks)} does and writes
     * {@code report.html} beside what it leaves; with {@code data.split.folds} on each fold, and what they found together.
     *
     * @param out the run's folder
     * @param ranks that train together; closed by the caller
     * @return what {@code metrics.json} holds
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public static RunRecord run(RunConfig config, Path out, RunObserver watching, SharedWork shared, Ranks ranks) {
        RunRecord record = config.data().folds().isPresent()
                ? CrossValidation.run(config, out, watching, shared, ranks)
                : written(out, TuneRun.run(config, out, watching, shared, ranks));
        ranks.finish();
        return record;
    }

    /**
     * Writes {@code report.html} beside what a run left.
     *
     * @param out the run's folder
     * @return what {@code metrics.json} holds
     */
    static RunRecord written(Path out, TuneOutcome outcome) {
        ReportPage.write(out.resolve("report.html"), outcome.record(), new RunImages(outcome));
        return outcome.record();
    }
}
