package dev.inlay.train.run;

import dev.inlay.config.RunConfig;
import dev.inlay.record.Phase;
import dev.inlay.record.Repeat;
import dev.inlay.record.SearchTrial;
import dev.inlay.train.run.TrainingRunner.TrialResult;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Settings tried on the validation split, and the final training repeated with other seeds. What is done is noted in the
 * run's folder and never done again.
 */
record SearchStage(LoadedRun run, RunFolder folder, TrainingRunner trainings) {
    /**
     * This run's config with the settings that are best on the validation split; the first tried of equals wins.
     *
     * @param specs what a config tunes
     */
    RunConfig search(Function<RunConfig, TuningSpec> specs) {
        List<Map<String, String>> points = points();
        if (points.isEmpty()) {
            return run.config();
        }
        List<RunConfig> tried = tried();
        List<TrialGroup> groups = trainings.groups(tried);
        Map<TrialGroup, Map<Integer, TrialResult>> together = new HashMap<>();
        for (int i = 0; i < points.size(); i++) {
            TrialGroup group = groups.get(i);
            TrialFolder apart = TrialFolder.of(folder.path(), i);
            if (i >= folder.search().size()) {
                Optional<SearchTrial> found = found(apart, points.get(i));
                if (found.isPresent()) {
                    folder.tried(found.get());
                } else {
                    TrialResult judged = together.computeIfAbsent(group, g -> together(g, tried))
                            .get(i);
                    folder.tried(trial(points.get(i), judged == null ? alone(i, tried, specs, journal(i)) : judged));
                }
            }
            trainings.forget(journal(i));
            apart.delete();
            if (i == group.last()) {
                trainings.forget(journal(group));
            }
        }
        return run.config().with(points.get(best(folder.search())));
    }

    /** The trial with the best accuracy; the first of equals. */
    static int best(List<SearchTrial> trials) {
        int best = 0;
        for (int i = 1; i < trials.size(); i++) {
            if (trials.get(i).validationTop1() > trials.get(best).validationTop1()) {
                best = i;
            }
        }
        return best;
    }

    /** The points of the search, those that are done among them. */
    List<Map<String, String>> points() {
        return run.config().search().points(run.config().seed());
    }

    private static SearchTrial trial(Map<String, String> point, TrialResult judged) {
        return new SearchTrial(point, judged.score(), judged.seconds(), false);
    }

    /** What was found of a point that was tried apart from this run. */
    private Optional<SearchTrial> found(TrialFolder apart, Map<String, String> point) {
        if (!apart.exists()) {
            return Optional.empty();
        }
        try (RunFolder tried = apart.open(run.config().with(point))) {
            Optional<SearchTrial> trial = tried.search().stream().findFirst();
            if (trial.isPresent()) {
                tried.machines().forEach(folder::claim);
                folder.spent(Phase.SEARCH, tried.seconds().getOrDefault(Phase.SEARCH, 0.0));
            }
            return trial;
        }
    }

    /**
     * Tries one point apart from the run and notes it.
     *
     * @param i its index
     * @param specs what a config tunes
     */
    void runTrial(int i, Function<RunConfig, TuningSpec> specs) {
        folder.tried(trial(points().get(i), alone(i, tried(), specs, RunFolder.JOURNAL)));
    }

    private List<RunConfig> tried() {
        return points().stream().map(run.config()::with).toList();
    }

    private TrialResult alone(int point, List<RunConfig> tried, Function<RunConfig, TuningSpec> specs, String journal) {
        RunConfig chosen = tried.get(point);
        return trainings.judged(
                TrainingSpec.judgedOnValidation(
                        chosen, specs.apply(chosen), run.config().seed()),
                Phase.SEARCH,
                run.splits().validation(),
                "try " + (point + 1) + " of " + tried.size(),
                journal);
    }

    private static String journal(int point) {
        return "search-" + point + ".journal.safetensors";
    }

    /** What the points of a group gave; without those that have to be tried alone. */
    private Map<Integer, TrialResult> together(TrialGroup group, List<RunConfig> tried) {
        List<Integer> points = group.points();
        if (points.size() == 1) {
            return Map.of();
        }
        List<Optional<TrialResult>> heads = trainings.judgedTogether(
                points.stream()
                        .map(point -> TrainingSpec.judgedOnValidation(
                                tried.get(point), new HeadOnly(), run.config().seed()))
                        .toList(),
                Phase.SEARCH,
                run.splits().validation(),
                "try " + points.size() + " of " + tried.size() + " side by side",
                journal(group));
        Map<Integer, TrialResult> judged = new HashMap<>();
        for (int i = 0; i < heads.size(); i++) {
            int point = points.get(i);
            heads.get(i).ifPresent(head -> judged.put(point, head));
        }
        return judged;
    }

    private static String journal(TrialGroup group) {
        return "search-heads-" + group.first() + ".journal.safetensors";
    }

    /** Trains again with other seeds, on the same plan, for the spread of the result. */
    void repeat(TuningSpec spec, RunConfig chosen) {
        for (int i = 0; i < run.config().search().repeats(); i++) {
            long seed = run.config().seed() + i + 1;
            String journal = "repeat-" + seed + ".journal.safetensors";
            if (i >= folder.repeats().size()) {
                TrialResult judged = trainings.judged(
                        TrainingSpec.reported(chosen, spec, seed),
                        Phase.TRAIN,
                        run.splits().test(),
                        "train with seed " + seed,
                        journal);
                folder.repeated(new Repeat(seed, judged.score()));
            }
            trainings.forget(journal);
        }
    }
}
