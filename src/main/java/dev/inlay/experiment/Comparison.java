package dev.inlay.experiment;

import dev.inlay.config.BackboneConfig;
import dev.inlay.config.CompareConfig;
import dev.inlay.config.CompareConfig.Point;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SearchConfig;
import dev.inlay.engine.Engine;
import dev.inlay.engine.Listener;
import dev.inlay.engine.SharedFolder;
import dev.inlay.engine.Worker;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.record.ComparisonFile;
import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.PointRecord;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.train.StoppedException;
import dev.inlay.train.run.RunFolder;
import dev.inlay.train.run.SharedWork;
import dev.inlay.train.run.TuneRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Methods × tasks × seeds × budgets, each run a piece of work in a folder below one. A run that is finished stays as it is,
 * one that was cut short goes on, one that failed is tried again; neighbours share what they have in common.
 */
public final class Comparison {
    private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);

    private final CompareConfig config;
    private final Path out;
    private final TuneRun.Watching watching;
    private final Engine engine;
    private final BiConsumer<Path, RunRecord> finished;
    private final Map<Counted, Long> counts = new HashMap<>();
    private final Set<String> backbones = new LinkedHashSet<>();

    /** What decides how many numbers a stated method trains. */
    private record Counted(BackboneConfig backbone, MethodConfig method) {}

    private Comparison(
            CompareConfig config,
            Path out,
            TuneRun.Watching watching,
            Engine engine,
            BiConsumer<Path, RunRecord> finished) {
        this.config = config;
        this.out = out;
        this.watching = watching;
        this.engine = engine;
        this.finished = finished;
    }

    /**
     * Does every run that is not done yet and sums them up in {@code compare.json}. A run that fails is part of the result.
     *
     * @param out the folder of the comparison
     * @param watching who watches; the progress sees one piece of work
     * @param engine where the runs are done
     * @return what {@code compare.json} holds
     * @throws ConfigException before anything is run, if a backbone has no site for a method, or a folder holds a run of
     *     another config
     * @throws StoppedException if {@code watching} asked to stop; everything so far is saved
     */
    public static ComparisonRecord run(CompareConfig config, Path out, TuneRun.Watching watching, Engine engine) {
        ComparisonRecord comparison = sum(config, out, watching, engine, (folder, run) -> {});
        ComparisonFile.write(out.resolve("compare.json"), comparison);
        return comparison;
    }

    /**
     * As {@link #run(CompareConfig, Path, TuneRun.Watching, Engine)}, but writes nothing beside the runs.
     *
     * @param finished gets the folder and record of each run that is done now
     */
    static ComparisonRecord sum(
            CompareConfig config,
            Path out,
            TuneRun.Watching watching,
            Engine engine,
            BiConsumer<Path, RunRecord> finished) {
        return new Comparison(config, out, watching, engine, finished).run();
    }

    private ComparisonRecord run() {
        try (Worker here = new Worker(watching.progress(), watching.stop())) {
            here.keep(RunStatus.class, watching::status);
            SharedWork shared = here.keep(SharedWork.class, SharedWork::new);
            requireSites(shared);
            List<Point> points = config.points().stream()
                    .map(point -> budgeted(point, shared))
                    .toList();
            requireOwnFolders(points);
            requireSameInputs(points, shared);
            List<PointRecord> records = run(points, here);
            return ComparisonRecord.of(
                    config.name(),
                    List.copyOf(backbones),
                    config.tasks(),
                    config.seeds(),
                    config.methods(),
                    records,
                    config.text());
        }
    }

    /** Refuses methods that a backbone has no site for, all at once. */
    private void requireSites(SharedWork shared) {
        Set<String> problems = new LinkedHashSet<>();
        for (Point point : config.points()) {
            if (point.config().method() instanceof MethodConfig.Stated) {
                try {
                    parameters(point, shared);
                } catch (ConfigException e) {
                    problems.add(point.method() + ": " + e.getMessage());
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(config.name(), List.copyOf(problems));
        }
    }

    private long parameters(Point point, SharedWork shared) {
        Counted key = new Counted(point.config().backbone(), point.config().method());
        Long known = counts.get(key);
        if (known == null) {
            known = shared.parameters(point.config());
            counts.put(key, known);
        }
        return known;
    }

    private Point budgeted(Point point, SharedWork shared) {
        Optional<Long> budget = point.parametersOf().map(method -> parameters(sibling(point, method), shared));
        if (budget.isPresent() && budget.get() == 0) {
            throw new ConfigException(point.method() + ": its budget is that of "
                    + point.parametersOf().get() + ", which trains nothing but the head; name another method");
        }
        return budget.map(point::within).orElse(point);
    }

    private Point sibling(Point point, String method) {
        return config.points().stream()
                .filter(other -> other.method().equals(method)
                        && other.task().equals(point.task())
                        && other.seed() == point.seed())
                .findFirst()
                .orElseThrow();
    }

    private void requireOwnFolders(List<Point> points) {
        Map<Path, String> others = new TreeMap<>();
        for (Point point : points) {
            RunFolder.differences(folder(point), point.config().settings().json())
                    .ifPresent(differences -> others.put(folder(point), differences));
        }
        if (!others.isEmpty()) {
            Map.Entry<Path, String> first = others.entrySet().iterator().next();
            throw new ConfigException(out + " holds " + others.size() + " of " + points.size()
                    + " runs with other settings, such as " + first.getKey() + " (" + first.getValue()
                    + "); use the settings they were begun with, choose another --out, or remove them");
        }
    }

    /** Runs to do are of what the finished ones of the same config are of. */
    private void requireSameInputs(List<Point> points, SharedWork shared) {
        Map<Path, RunConfig> done = new LinkedHashMap<>();
        points.stream().filter(this::isDone).forEach(point -> done.put(folder(point), point.config()));
        List<RunConfig> left = points.stream()
                .filter(point -> !isDone(point))
                .map(Point::config)
                .toList();
        if (!left.isEmpty()) {
            TuneRun.requireSameInputs(done, left, shared, watching.progress());
            return;
        }
        try {
            TuneRun.requireSameInputs(done, List.copyOf(done.values()), shared, watching.progress());
        } catch (DataException e) {
            LOG.warn("every run is done and none is changed, but: {}", e.getMessage());
        }
    }

    private Path folder(Point point) {
        return out.resolve(point.folder());
    }

    private boolean isDone(Point point) {
        return RunFolder.configOf(folder(point)).isPresent()
                && Files.exists(folder(point).resolve(RunPiece.METRICS));
    }

    private List<PointRecord> run(List<Point> points, Worker here) {
        List<Point> left = points.stream().filter(point -> !isDone(point)).toList();
        LOG.info("{} of {} runs are done", points.size() - left.size(), points.size());
        Map<Path, PointRecord> records = new HashMap<>();
        points.stream().filter(this::isDone).forEach(point -> records.put(folder(point), kept(point)));
        try (SharedFolder shared = SharedFolder.open(out);
                WholeProgress progress = new WholeProgress(watching.progress(), watching.status(), left.size())) {
            List<RunPiece> pieces = left.stream()
                    .map(point -> RunPiece.of(point.config(), folder(point)))
                    .toList();
            shared.run(
                    engine, pieces, here.watchedBy(progress, watching.stop()), new Collecting(left, records, progress));
            if (records.size() < points.size()) {
                throw new StoppedException("stopped after " + records.size() + " of " + points.size()
                        + " runs, which are saved; the same command goes on");
            }
            progress.begin(left.size(), "all runs done", 1);
        }
        return points.stream().map(point -> records.get(folder(point))).toList();
    }

    /** Takes in what becomes of the runs that were left. */
    private final class Collecting implements Listener<String> {
        private final List<Point> left;
        private final Map<Path, PointRecord> records;
        private final WholeProgress progress;
        private int over;

        Collecting(List<Point> left, Map<Path, PointRecord> records, WholeProgress progress) {
            this.left = left;
            this.records = records;
            this.progress = progress;
        }

        @Override
        public void begins(int i) {
            Point point = left.get(i);
            String name = point.config().name();
            LOG.info("{} begins", name);
            progress.begin(over, "run " + (over + 1) + " of " + left.size() + ": " + name, trainings(point));
        }

        @Override
        public void finished(int i, String metrics) {
            Point point = left.get(i);
            RunRecord run = MetricsFile.parse(
                    metrics, folder(point).resolve(RunPiece.METRICS).toString());
            finished.accept(folder(point), run);
            ends(point, of(point, run));
        }

        @Override
        public void failed(int i, String reason) {
            Point point = left.get(i);
            LOG.error("{} failed: {}", point.config().name(), reason);
            ends(point, PointRecord.failed(point.task(), point.method(), point.seed(), reason));
        }

        private void ends(Point point, PointRecord record) {
            records.put(folder(point), record);
            over++;
            progress.begin(over, over + " of " + left.size() + " runs", 1);
        }
    }

    private static int trainings(Point point) {
        SearchConfig search = point.config().search();
        return search.points(point.config().seed()).size() + 1 + search.repeats();
    }

    /** What a run found that was done before. */
    private PointRecord kept(Point point) {
        try {
            return of(point, MetricsFile.read(folder(point).resolve(RunPiece.METRICS)));
        } catch (DataException e) {
            LOG.error("{} cannot be read", point.config().name(), e);
            return PointRecord.failed(point.task(), point.method(), point.seed(), e.getMessage());
        }
    }

    private PointRecord of(Point point, RunRecord run) {
        backbones.add(run.backbone());
        return PointRecord.finished(point.task(), point.method(), point.seed(), run);
    }
}
