package dev.inlay.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.config.CompareConfig;
import dev.inlay.config.CompareConfig.Point;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SuiteConfig;
import dev.inlay.engine.Engine;
import dev.inlay.error.DataException;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.PointRecord;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteTask;
import dev.inlay.record.TrialRecord;
import dev.inlay.record.TrialsFile;
import dev.inlay.train.run.TuneRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A benchmark of many tasks: looks for their images, does the runs of those that are there as a {@link Comparison}, and adds
 * each to {@value #TRIALS}, from which alone the tables are made.
 */
public final class Suite {
    /** The file of records below the folder of a suite. */
    public static final String TRIALS = "trials.jsonl";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final SuiteConfig config;
    private final Path out;
    private final Map<Path, Point> points = new LinkedHashMap<>();

    private Suite(SuiteConfig config, CompareConfig runs, Path out) {
        this.config = config;
        this.out = out;
        runs.points().forEach(point -> points.put(out.resolve(point.folder()), point));
    }

    /**
     * Whether the images of each task that has runs are there: reads the lists, opens no image.
     *
     * @return a record for each, in the order of the config
     */
    public static List<SetRecord> look(SuiteConfig config) {
        return SuiteSets.look(config);
    }

    /**
     * Does every run that is not done yet on the tasks whose images are there. A run that fails is part of the result.
     *
     * @param sets as {@link #look} found them
     * @param out the folder of the suite
     * @param watching who watches; the progress sees one piece of work
     * @param engine where the runs are done
     * @throws DataException before anything is run, if the images of a task are there and cannot be used, or none are
     *     there
     * @throws dev.inlay.error.ConfigException as {@link Comparison#run}
     * @throws dev.inlay.train.StoppedException if {@code watching} asked to stop; everything so far is saved
     */
    public static SuiteRecord run(
            SuiteConfig config, List<SetRecord> sets, Path out, TuneRun.Watching watching, Engine engine) {
        Set<String> ready = sets.stream()
                .filter(set -> set.state() == State.READY)
                .map(SetRecord::task)
                .collect(Collectors.toSet());
        requireUsable(config, sets, ready);
        CompareConfig runs = config.runs().only(ready::contains);
        Suite suite = new Suite(config, runs, out);
        suite.addWhatIsDone();
        ComparisonRecord comparison = Comparison.sum(runs, out, watching, engine, suite::add);
        comparison.failures().forEach(suite::addFailure);
        return sum(config, sets, TrialsFile.read(out.resolve(TRIALS)));
    }

    /**
     * The tables that trials make up, wherever they come from.
     *
     * @param sets whether the images are there; empty if nobody looked
     * @param trials of this suite and perhaps of others
     * @throws DataException if finished trials of one run have different configs
     */
    public static SuiteRecord sum(SuiteConfig config, List<SetRecord> sets, List<TrialRecord> trials) {
        List<SuiteTask> tasks = config.tasks().stream()
                .map(task -> new SuiteTask(task.name(), task.group(), task.classes(), task.test()))
                .toList();
        List<PublishedRow> published = config.published().stream()
                .map(row -> PublishedRow.of(
                        row.method(), row.source(), tasks, fractions(row.tasks()), fractions(row.groups())))
                .toList();
        return SuiteRecord.of(
                config.name(),
                config.about(),
                tasks,
                config.runs().seeds(),
                config.runs().methods(),
                published,
                sets,
                trials);
    }

    private static Map<String, Double> fractions(Map<String, Double> percents) {
        Map<String, Double> fractions = new LinkedHashMap<>();
        percents.forEach((name, percent) -> fractions.put(name, percent / 100));
        return fractions;
    }

    private static void requireUsable(SuiteConfig config, List<SetRecord> sets, Set<String> ready) {
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

    /** Runs that ended when their record could not be written any more, or before there were records. */
    private void addWhatIsDone() {
        Set<TrialRecord.Place> known = TrialsFile.read(out.resolve(TRIALS)).stream()
                .filter(TrialRecord::hasFinished)
                .filter(trial -> trial.suite().equals(config.name()))
                .map(TrialRecord::place)
                .collect(Collectors.toSet());
        points.forEach((folder, point) -> {
            Path metrics = folder.resolve("metrics.json");
            if (!known.contains(place(point)) && Files.exists(metrics)) {
                add(folder, MetricsFile.read(metrics));
            }
        });
    }

    private void add(Path folder, RunRecord run) {
        Point point = points.get(folder);
        JsonNode settings = portable(RunConfig.parse(run.config(), Path.of(""), List.of()));
        append(TrialRecord.finished(config.name(), group(point.task()), place(point), run, settings));
    }

    private void addFailure(PointRecord failure) {
        Point point = points.values().stream()
                .filter(other -> other.task().equals(failure.task())
                        && other.method().equals(failure.method())
                        && other.seed() == failure.seed())
                .findFirst()
                .orElseThrow();
        append(TrialRecord.failed(
                config.name(), group(point.task()), place(point), failure.error(), portable(point.config())));
    }

    private void append(TrialRecord trial) {
        TrialsFile.append(out.resolve(TRIALS), trial);
    }

    private static TrialRecord.Place place(Point point) {
        return new TrialRecord.Place(point.task(), point.method(), point.seed());
    }

    private String group(String task) {
        return config.tasks().stream()
                .filter(other -> other.name().equals(task))
                .findFirst()
                .orElseThrow()
                .group();
    }

    private static JsonNode portable(RunConfig run) {
        try {
            return JSON.readTree(run.settings().portable());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the settings of a run are JSON", e);
        }
    }
}
