package dev.inlay.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.config.ExperimentConfig;
import dev.inlay.config.ExperimentConfig.Run;
import dev.inlay.config.ExperimentTask;
import dev.inlay.config.RunConfig;
import dev.inlay.engine.Engine;
import dev.inlay.error.DataException;
import dev.inlay.file.AtomicFile;
import dev.inlay.record.ComparisonRunRecord;
import dev.inlay.record.ExperimentFile;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.RunKey;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRunRecord;
import dev.inlay.record.SuiteRunsFile;
import dev.inlay.record.SuiteTask;
import dev.inlay.report.SuitePage;
import dev.inlay.report.SuiteText;
import dev.inlay.train.RunObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An experiment on the tasks of a benchmark whose images are there: {@code inlay suite}. Each run is added to
 * {@value #TRIALS}, from which alone the tables are made.
 */
public final class Suite {
    private static final String TRIALS = "trials.jsonl";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ExperimentConfig config;
    private final Path out;
    private final Map<String, String> groups;

    private Suite(ExperimentConfig config, Path out) {
        this.config = config;
        this.out = out;
        this.groups = config.tasks().stream().collect(Collectors.toMap(ExperimentTask::name, ExperimentTask::group));
    }

    /**
     * Says whether the images of each task that has runs are there: reads the lists, opens no image.
     *
     * @return a record for each, in the order of the config
     */
    public static List<SetRecord> look(ExperimentConfig config) {
        return Availability.of(config);
    }

    /**
     * Does every run that is not done yet on the tasks whose images are there, and sums up all that {@code trials.jsonl}
     * holds then in {@code suite.json}, {@code suite.csv} and {@code suite.html}. A run that fails is part of the result.
     *
     * @param sets as {@link #look} found them
     * @param out the folder of the suite
     * @param watching who watches; the progress sees one piece of work
     * @param engine where the runs are done
     * @return what {@code suite.json} holds
     * @throws DataException before anything is run, if the images of a task are there and cannot be used, or none are
     *     there
     * @throws dev.inlay.error.ConfigException as {@link Comparison#run}
     * @throws dev.inlay.error.StoppedException if {@code watching} asked to stop; everything so far is saved
     */
    public static SuiteRecord run(
            ExperimentConfig config, List<SetRecord> sets, Path out, RunObserver watching, Engine engine) {
        Set<String> ready = sets.stream()
                .filter(set -> set.state() == State.READY)
                .map(SetRecord::task)
                .collect(Collectors.toSet());
        requireUsable(config, sets, ready);
        new Suite(config.only(ready::contains), out).run(watching, engine);
        return aggregate(config, sets, out);
    }

    /**
     * Sums up the lines of {@code trials.jsonl}, wherever they come from, in {@code suite.json}, {@code suite.csv} and
     * {@code suite.html}.
     *
     * @param sets whether the images are there; empty if nobody looked
     * @param out the folder that has {@code trials.jsonl}; trials of other suites are passed over
     * @return what {@code suite.json} holds
     * @throws DataException if a line is no trial, or finished trials of one run have different configs
     */
    public static SuiteRecord aggregate(ExperimentConfig config, List<SetRecord> sets, Path out) {
        SuiteRecord suite = sum(config, sets, SuiteRunsFile.read(out.resolve(TRIALS)));
        ExperimentFile.write(out.resolve("suite.json"), suite);
        AtomicFile.write(out.resolve("suite.csv"), SuiteText.csv(suite));
        SuitePage.write(out.resolve("suite.html"), suite);
        return suite;
    }

    private static SuiteRecord sum(ExperimentConfig config, List<SetRecord> sets, List<SuiteRunRecord> trials) {
        List<SuiteTask> tasks = config.tasks().stream()
                .map(task -> new SuiteTask(task.name(), task.group(), task.classes(), task.test()))
                .toList();
        List<PublishedRow> published = config.published().stream()
                .map(row -> PublishedRow.of(
                        row.method(), row.source(), tasks, fractions(row.tasks()), fractions(row.groups())))
                .toList();
        return SuiteRecord.of(
                config.name(), config.about(), tasks, config.seeds(), config.methods(), published, sets, trials);
    }

    private static Map<String, Double> fractions(Map<String, Double> percents) {
        Map<String, Double> fractions = new LinkedHashMap<>();
        percents.forEach((name, percent) -> fractions.put(name, percent / 100));
        return fractions;
    }

    private static void requireUsable(ExperimentConfig config, List<SetRecord> sets, Set<String> ready) {
        List<String> bad = sets.stream()
                .filter(set -> set.state() == State.BAD)
                .map(set -> set.task() + ": " + set.problem())
                .toList();
        if (!bad.isEmpty()) {
            throw new DataException(config.name() + ": the images of " + bad.size()
                    + " tasks are there and cannot be used; mend them, or leave the tasks out (--only)\n"
                    + String.join("\n", bad));
        }
        if (ready.isEmpty()) {
            throw new DataException(config.name() + ": the images of none of its " + sets.size()
                    + " tasks are there; --dry-run says for each what is missing and how to get it, --data-root says"
                    + " where they are");
        }
    }

    private void run(RunObserver watching, Engine engine) {
        addWhatIsDone();
        new ExperimentRuns(config, out, watching, this::add).run(engine).forEach((run, record) -> {
            if (!record.hasFinished()) {
                addFailure(run, record);
            }
        });
    }

    /** Adds runs that ended when their record could not be written any more, or before there were records. */
    private void addWhatIsDone() {
        Set<RunKey> known = SuiteRunsFile.read(out.resolve(TRIALS)).stream()
                .filter(SuiteRunRecord::hasFinished)
                .filter(trial -> trial.suite().equals(config.name()))
                .map(SuiteRunRecord::key)
                .collect(Collectors.toSet());
        for (Run run : config.runs()) {
            Path metrics = out.resolve(run.folder()).resolve(RunItem.METRICS);
            if (!known.contains(run.key()) && Files.exists(metrics)) {
                add(run, MetricsFile.read(metrics));
            }
        }
    }

    private void add(Run run, RunRecord record) {
        JsonNode settings = portable(RunConfig.parse(record.config(), Path.of(""), List.of()));
        append(SuiteRunRecord.finished(config.name(), groups.get(run.key().task()), run.key(), record, settings));
    }

    private void addFailure(Run run, ComparisonRunRecord failure) {
        append(SuiteRunRecord.failed(
                config.name(), groups.get(run.key().task()), run.key(), failure.error(), portable(run.config())));
    }

    private void append(SuiteRunRecord trial) {
        SuiteRunsFile.append(out.resolve(TRIALS), trial);
    }

    private static JsonNode portable(RunConfig run) {
        try {
            return JSON.readTree(run.settings().portable());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the settings of a run are JSON", e);
        }
    }
}
