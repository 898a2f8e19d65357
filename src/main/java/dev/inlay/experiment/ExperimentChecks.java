package dev.inlay.experiment;

import dev.inlay.config.BackboneConfig;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunKey;
import dev.inlay.train.run.RunFolder;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneRun;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an experiment checks before anything runs, and the budgets that are as many parameters as another method trains. */
final class ExperimentChecks {
    private static final Logger LOG = LoggerFactory.getLogger(ExperimentChecks.class);

    private final ExperimentConfig config;
    private final Path out;
    private final SharedWork shared;
    private final Progress progress;
    private final Map<Counted, Long> counts = new HashMap<>();

    /** What decides how many parameters a stated method trains. */
    private record Counted(BackboneConfig backbone, MethodConfig method) {}

    ExperimentChecks(ExperimentConfig config, Path out, SharedWork shared, Progress progress) {
        this.config = config;
        this.out = out;
        this.shared = shared;
        this.progress = progress;
    }

    /**
     * Checks all and gives every run its budget.
     *
     * @throws ConfigException if a backbone has no tunable parameter for a method, a budget is that of a method without parameters, or a
     *     folder holds a run of another config
     * @throws DataException if runs to do are of other files than finished ones
     */
    List<Run> budgetedRuns() {
        requireSites();
        List<Run> runs = config.runs().stream().map(this::budgeted).toList();
        requireOwnFolders(runs);
        requireSameInputs(runs);
        return runs;
    }

    /** Refuses methods that a backbone has no tunable parameter for, all at once. */
    private void requireSites() {
        Set<String> problems = new LinkedHashSet<>();
        for (Run run : config.runs()) {
            if (run.config().method().planned().isEmpty()) {
                try {
                    parameters(run);
                } catch (ConfigException e) {
                    problems.add(run.key().method() + ": " + e.getMessage());
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(config.name(), List.copyOf(problems));
        }
    }

    private long parameters(Run run) {
        Counted key = new Counted(run.config().backbone(), run.config().method());
        Long known = counts.get(key);
        if (known == null) {
            known = shared.parameters(run.config());
            counts.put(key, known);
        }
        return known;
    }

    private Run budgeted(Run run) {
        Optional<Long> budget = run.parametersOf().map(method -> parameters(sibling(run.key(), method)));
        if (budget.isPresent() && budget.get() == 0) {
            throw new ConfigException(run.key().method() + ": its budget is that of "
                    + run.parametersOf().get() + ", which trains nothing but the head; name another method");
        }
        return budget.map(run::within).orElse(run);
    }

    private Run sibling(RunKey key, String method) {
        RunKey other = new RunKey(key.task(), method, key.seed());
        return config.runs().stream()
                .filter(run -> run.key().equals(other))
                .findFirst()
                .orElseThrow();
    }

    private void requireOwnFolders(List<Run> runs) {
        Map<Path, String> others = new TreeMap<>();
        for (Run run : runs) {
            Path folder = out.resolve(run.folder());
            RunFolder.differences(folder, run.config().settings().json())
                    .ifPresent(differences -> others.put(folder, differences));
        }
        if (!others.isEmpty()) {
            Map.Entry<Path, String> first = others.entrySet().iterator().next();
            throw new ConfigException(out + " holds " + others.size() + " of " + runs.size()
                    + " runs with other settings, such as " + first.getKey() + " (" + first.getValue()
                    + "); use the settings they were begun with, choose another --out, or remove them");
        }
    }

    /** Runs to do are of what the finished ones of the same config are of. */
    private void requireSameInputs(List<Run> runs) {
        Map<Path, RunConfig> done = new LinkedHashMap<>();
        runs.stream()
                .filter(run -> ExperimentRuns.isDone(out, run))
                .forEach(run -> done.putAll(CrossValidation.runs(run.config(), out.resolve(run.folder()))));
        List<RunConfig> left = runs.stream()
                .filter(run -> !ExperimentRuns.isDone(out, run))
                .flatMap(run -> CrossValidation.runs(run.config(), out.resolve(run.folder())).values().stream())
                .toList();
        if (!left.isEmpty()) {
            TuneRun.requireSameInputs(done, left, shared, progress);
            return;
        }
        try {
            TuneRun.requireSameInputs(done, List.copyOf(done.values()), shared, progress);
        } catch (DataException e) {
            LOG.warn("every run is done and none is changed, but: {}", e.getMessage());
        }
    }
}
