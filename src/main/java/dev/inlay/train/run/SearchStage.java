package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.source.Splits;
import dev.inlay.record.Phase;
import dev.inlay.record.Repeat;
import dev.inlay.record.SearchTrial;
import dev.inlay.train.run.Trainings.Judged;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Settings tried on the validation split, and the final training repeated with other seeds. What is done is noted in the
 * run's folder and never done again.
 */
record SearchStage(RunConfig config, RunFolder folder, Splits<Examples> splits, Trainings trainings) {
    /**
     * This run's config with the settings that are best on the validation split; the first tried of equals wins.
     *
     * @param specs what a config tunes
     */
    RunConfig search(Function<RunConfig, TuningSpec> specs) {
        List<Map<String, String>> points = config.search().points(config.seed());
        if (points.isEmpty()) {
            return config;
        }
        for (int i = 0; i < points.size(); i++) {
            String journal = "search-" + i + ".journal.safetensors";
            if (i >= folder.search().size()) {
                folder.tried(trial(points.get(i), specs, "try " + (i + 1) + " of " + points.size(), journal));
            }
            trainings.forget(journal);
        }
        return config.with(points.get(RunSummary.best(folder.search())));
    }

    private SearchTrial trial(
            Map<String, String> point, Function<RunConfig, TuningSpec> specs, String name, String journal) {
        RunConfig tried = config.with(point);
        TuningSpec spec = specs.apply(tried);
        Judged judged = trainings.judged(
                Phase.SEARCH, spec, tried, config.seed(), splits.train(), splits.validation(), name, journal);
        return new SearchTrial(point, judged.top1(), judged.seconds(), false);
    }

    /** Trains again with other seeds, on the same plan, for the spread of the result. */
    void repeat(TuningSpec spec, RunConfig chosen) {
        for (int i = 0; i < config.search().repeats(); i++) {
            long seed = config.seed() + i + 1;
            String journal = "repeat-" + seed + ".journal.safetensors";
            if (i >= folder.repeats().size()) {
                Judged judged = trainings.judged(
                        Phase.TRAIN,
                        spec,
                        chosen,
                        seed,
                        trainings.examples(chosen),
                        splits.test(),
                        "train with seed " + seed,
                        journal);
                folder.repeated(new Repeat(seed, judged.top1()));
            }
            trainings.forget(journal);
        }
    }
}
