package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.data.transform.Normalization;
import dev.inlay.parallel.Ranks;
import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import dev.inlay.report.MistakeImages;
import dev.inlay.report.ReportPage;
import dev.inlay.train.RunObserver;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneOutcome;
import dev.inlay.train.run.TuneRun;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

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
        ReportPage.write(out.resolve("report.html"), outcome.record(), mistake -> image(outcome, mistake));
        return outcome.record();
    }

    private static Optional<BufferedImage> image(TuneOutcome outcome, Mistake mistake) {
        float[] pixels = outcome.images().get(mistake.example());
        if (pixels == null || outcome.transform().isEmpty()) {
            return Optional.empty();
        }
        Normalization normalization = outcome.transform().get().normalization();
        return Optional.of(MistakeImages.ofNormalised(
                pixels, outcome.height(), outcome.width(), floats(normalization.mean()), floats(normalization.std())));
    }

    private static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }
}
