package dev.inlay.experiment;

import dev.inlay.config.ExperimentConfig;
import dev.inlay.engine.Engine;
import dev.inlay.file.AtomicFile;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.ComparisonRunRecord;
import dev.inlay.record.ExperimentFile;
import dev.inlay.report.ComparisonPage;
import dev.inlay.report.ComparisonText;
import dev.inlay.train.RunObserver;
import java.nio.file.Path;
import java.util.List;

/** An experiment whose methods are ranked: {@code inlay compare}. */
public final class Comparison {
    private Comparison() {}

    /**
     * Does every run that is not done yet and sums them up in {@code compare.json}, {@code compare.csv} and
     * {@code compare.html}. A run that fails is part of the result.
     *
     * @param out the folder of the comparison
     * @param watching who watches; the progress sees one piece of work
     * @param engine where the runs are done
     * @return what {@code compare.json} holds
     * @throws dev.inlay.error.ConfigException before anything is run, if a backbone has no tunable parameter for a method, or a folder
     *     holds a run of another config
     * @throws dev.inlay.error.StoppedException if {@code watching} asked to stop; everything so far is saved
     */
    public static ComparisonRecord run(ExperimentConfig config, Path out, RunObserver watching, Engine engine) {
        ExperimentRuns runs = new ExperimentRuns(config, out, watching, (run, record) -> {});
        List<ComparisonRunRecord> points = List.copyOf(runs.run(engine).values());
        ComparisonRecord comparison = ComparisonRecord.of(
                config.name(),
                runs.backbones(),
                config.taskNames(),
                config.seeds(),
                config.methods(),
                points,
                config.text());
        ExperimentFile.write(out.resolve("compare.json"), comparison);
        AtomicFile.write(out.resolve("compare.csv"), ComparisonText.csv(comparison));
        ComparisonPage.write(out.resolve("compare.html"), comparison);
        return comparison;
    }
}
