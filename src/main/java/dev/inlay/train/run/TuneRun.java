package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.Allocation;
import dev.inlay.config.Compat;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.source.Splits;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.RunData.Part;
import dev.inlay.inputs.RunData;
import dev.inlay.inputs.RunInputs;
import dev.inlay.kernels.Kernels;
import dev.inlay.parallel.Ranks;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.file.PlanFile;
import dev.inlay.progress.Progress;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Mistake;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Precision;
import dev.inlay.train.ModelEvaluator;
import dev.inlay.train.evaluate.Evaluation;
import dev.inlay.train.scores.Scores;
import dev.inlay.train.scores.ScoresFile;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Planned;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run of {@code inlay tune}: load, probe, score, allocate, search, train, evaluate, write. Every phase leaves its
 * result in the run's folder and is skipped when the run is taken up again.
 */
public final class TuneRun {
    private static final Logger LOG = LoggerFactory.getLogger(TuneRun.class);
    private static final String PROBE = "probe.safetensors";
    private static final String SCORES = "scores.safetensors";
    private static final String PLAN = "plan.json";

    private final RunConfig config;
    private final RunFolder folder;
    private final Progress progress;
    private final SharedWork shared;
    private final Ranks ranks;
    private final Backbone backbone;
    private final RunData data;
    private final RunInputs inputs;
    private final ModelEvaluator evaluator;
    private final Phases phases;
    private final Trainings trainings;
    private Scores scores;
    private ProbeStage probe;

    private TuneRun(
            RunConfig config,
            RunFolder folder,
            Path origin,
            boolean begun,
            Watching watching,
            SharedWork shared,
            Ranks ranks) {
        this.config = config;
        this.folder = folder;
        this.progress = ranks.watched(watching.progress());
        this.shared = shared;
        this.ranks = ranks;
        this.backbone = shared.backbone(config);
        this.inputs = new RunInputs(origin, begun, config, backbone);
        this.data = shared.data(
                config, EnumSet.allOf(Part.class), progress, LOG::warn, listed -> inputs.check(listed, progress));
        inputs.check(data.contents(), progress);
        this.evaluator = new ModelEvaluator(
                config.train().evaluationBatchSize(), RunData.workers(config.data()), backbone.device());
        this.phases = new Phases(folder, watching.status());
        FrozenInputs frozen = new FrozenInputs(shared, data, FrozenInputs.Account.of(phases), evaluator, progress);
        this.trainings = new Trainings(config, folder, backbone, data, phases, frozen, evaluator, watching, ranks);
    }

    /**
     * Who watches a run.
     *
     * @param progress shows long work
     * @param status updated all the time
     * @param stop asked after every step; true saves and stops
     */
    public record Watching(Progress progress, RunStatus status, BooleanSupplier stop) {
        /** Nobody. */
        public static Watching nobody() {
            return new Watching(Progress.NONE, new RunStatus(), () -> false);
        }
    }

    /**
     * Runs a config, or goes on with it where an earlier process left it.
     *
     * @param out the run's folder
     * @throws InlayException saying what is wrong and what to do
     */
    public static TuneOutcome run(RunConfig config, Path out, Watching watching) {
        try (SharedWork shared = new SharedWork()) {
            return run(config, out, watching, shared);
        }
    }

    /**
     * Runs a config with the help of other processes, which take part in its trainings. The same number of ranks gives the
     * same result to the bit, another number one within the error of floating point.
     *
     * @param ranks from {@link Rank#local}; closed by the caller
     */
    public static TuneOutcome run(RunConfig config, Path out, Watching watching, Ranks ranks) {
        try (SharedWork shared = new SharedWork()) {
            return run(config, out, watching, shared, ranks);
        }
    }

    /**
     * Runs a config as {@link #run(RunConfig, Path, Watching)} does, with the same result.
     *
     * @param shared what earlier runs may have left; this one leaves what it loaded
     */
    public static TuneOutcome run(RunConfig config, Path out, Watching watching, SharedWork shared) {
        return run(config, out, watching, shared, Ranks.ALONE);
    }

    private static TuneOutcome run(RunConfig config, Path out, Watching watching, SharedWork shared, Ranks ranks) {
        shared.begin();
        try (RunFolder folder = RunFolder.open(out, config.settings().json())) {
            return load(config, folder, folder.path(), folder.isClaimed(), watching, shared, ranks)
                    .run();
        }
    }

    /**
     * Does what comes before the search of a run, and leaves what its points need to be tried apart from it with
     * {@link #tryPoint}; {@link #run(RunConfig, Path, Watching)} then takes what they gave. Interrupted at any instant, the three
     * can be called again.
     *
     * @param out the run's folder
     * @param shared as in {@link #run(RunConfig, Path, Watching, SharedWork)}
     * @return the indices of the points whose result the run has not noted
     */
    public static List<Integer> prepareSearch(RunConfig config, Path out, Watching watching, SharedWork shared) {
        shared.begin();
        try (RunFolder folder = RunFolder.open(out, config.settings().json())) {
            return load(config, folder, folder.path(), folder.isClaimed(), watching, shared, Ranks.ALONE)
                    .prepareSearch();
        }
    }

    /**
     * Tries a point of a run's search apart from the run, or goes on with it; any process may. One that was tried stays as it
     * is.
     *
     * @param config of the run
     * @param out the run's folder
     * @param point one of those that {@link #prepareSearch(RunConfig, Path, Watching, SharedWork)} gave
     * @param shared as in {@link #run(RunConfig, Path, Watching, SharedWork)}
     */
    public static void tryPoint(RunConfig config, Path out, int point, Watching watching, SharedWork shared) {
        shared.begin();
        PointFolder apart = PointFolder.of(out, point);
        RunConfig tried = config.with(config.search().points(config.seed()).get(point));
        try (RunFolder folder = apart.open(tried)) {
            if (folder.search().isEmpty()) {
                load(config, folder, out, true, watching, shared, Ranks.ALONE)
                        .tryPoint(point, apart.plan());
            }
        }
    }

    /**
     * The file that holds what {@link #tryPoint} found.
     *
     * @param out the run's folder
     * @param point its index in the search
     */
    public static Path pointState(Path out, int point) {
        return RunFolder.state(PointFolder.of(out, point).path());
    }

    /**
     * Refuses to do runs beside finished ones that read other images or weights under the same names: results of two data sets
     * do not compare.
     *
     * @param finished runs by their folders
     * @param left runs to do
     * @param shared as in {@link #run(RunConfig, Path, Watching, SharedWork)}
     * @param progress shows files whose bytes have to be compared
     * @throws DataException naming a finished run and what is otherwise
     */
    public static void requireSameInputs(
            Map<Path, RunConfig> finished, List<RunConfig> left, SharedWork shared, Progress progress) {
        RunInputs.requireSame(finished, left, shared::backbone, progress);
    }

    /**
     * Stage 1 alone.
     *
     * @return the scores of every candidate
     */
    public static Scores sensitivity(RunConfig config, Progress progress) {
        prepare(config, 1, 1);
        try (Backbone backbone = Backbones.load(
                        config.backbone(), config.seed(), config.device().resolved());
                RunData data = RunData.load(
                        config.data(),
                        config.sensitivity().head() == SensitivityConfig.Head.PROBE
                                ? EnumSet.of(Part.TRAIN, Part.VALIDATION)
                                : EnumSet.of(Part.TRAIN),
                        backbone.height(),
                        backbone.width(),
                        config.seed(),
                        progress)) {
            data.warnings().forEach(LOG::warn);
            ModelEvaluator evaluator = new ModelEvaluator(
                    config.train().evaluationBatchSize(), RunData.workers(config.data()), backbone.device());
            return SensitivityStage.score(
                    config.sensitivity(),
                    backbone,
                    data.splits().train(),
                    () -> ProbeStage.head(backbone, data.splits(), evaluator, progress),
                    config.backbone().dropPath(),
                    config.seed(),
                    RunData.workers(config.data()),
                    progress);
        }
    }

    /** Sets a process up: where nothing is said of threads, the ranks here share the cores. */
    static void prepare(RunConfig config, int ranks, int here) {
        Device device = config.device().resolved();
        if (ranks > 1 && !device.isCpu()) {
            throw new ConfigException("device: " + device + " is used by one process; use --nproc 1, or device: cpu");
        }
        if (config.train().precision() == Precision.BF16 && !device.isCuda()) {
            throw new ConfigException("train.precision: bf16 is for GPUs, and the run is on " + device
                    + ", where it is slower than float32; use precision: float32");
        }
        LibTorch.threads(config.threads());
        if (config.threads() == 0 && here > 1) {
            LibTorch.threads(Math.max(1, LibTorch.physicalCores() / here));
        }
    }

    private static TuneRun load(
            RunConfig config,
            RunFolder folder,
            Path origin,
            boolean begun,
            Watching watching,
            SharedWork shared,
            Ranks ranks) {
        prepare(config, ranks.size(), ranks.here());
        LOG.info("{} begins, Inlay {}, {}", Phase.LOAD, Version.inlay(), machine(config, ranks.size()));
        watching.status().phase(Phase.LOAD);
        watching.status().nativeBytes(LibTorch::residentBytes);
        folder.begin(Phase.LOAD);
        return new TuneRun(config, folder, origin, begun, watching, shared, ranks);
    }

    /** What decides the last bits of a number. */
    static String machine(RunConfig config, int ranks) {
        Device device = config.device().resolved();
        Map<String, String> facts = LibTorch.describe();
        return "LibTorch " + facts.get("libtorch") + ", " + facts.get("blas") + ", products by "
                + facts.get("products") + ", " + (ranks > 1 ? ranks + " ranks of " : "") + LibTorch.threads()
                + " threads, "
                + facts.get("cpuCapability") + ", " + Kernels.describe() + (device.isCpu() ? "" : ", " + device);
    }

    private static void requireSplits(RunConfig config, Splits<Examples> splits) {
        if (splits.train().classNames().size() < 2) {
            throw new DataException("data: one class only, " + splits.train().classNames()
                    + "; there is nothing to tell apart, expected at least two");
        }
        if (splits.test().size() == 0) {
            throw new ConfigException("data: there is no test split, and tune reports its accuracy: "
                    + RunData.withoutTest(config.data().source()));
        }
        boolean chooses = config.baselines().linear()
                || !config.search().grid().isEmpty()
                || FirstBlockStage.isAsked(config)
                || config.sensitivity().head() == SensitivityConfig.Head.PROBE;
        if (chooses && splits.validation().size() == 0) {
            throw new ConfigException(
                    "data: there is no validation split, but something is chosen on it; give one, or set"
                            + " baselines.linear: false and leave out search.grid, method.firstBlock: auto and sensitivity.head: probe");
        }
    }

    private List<Integer> prepareSearch() {
        begin();
        List<Map<String, String>> points = search().points();
        List<Integer> left =
                IntStream.range(folder.search().size(), points.size()).boxed().toList();
        for (int point : left) {
            PointFolder.of(folder.path(), point).leave(plan(config.with(points.get(point))));
        }
        return left;
    }

    private void tryPoint(int point, Optional<Plan> plan) {
        claim();
        search().tryPoint(point, tried -> spec(tried, plan));
    }

    private void begin() {
        requireSplits(config, data.splits());
        requireMethod();
        inputs.keep(data.contents());
        claim();
        if (config.baselines().linear()) {
            probe();
        }
    }

    private void claim() {
        folder.claim(machine(config, ranks.size()));
        folder.end(Phase.LOAD);
    }

    private SearchStage search() {
        return new SearchStage(config, folder, data.splits(), trainings);
    }

    private TuneOutcome run() {
        begin();
        SearchStage stage = search();
        Function<RunConfig, TuningSpec> specs = tried -> spec(tried, plan(tried));
        RunConfig chosen = new FirstBlockStage(config, folder, backbone, data.splits(), trainings)
                .choose(stage.search(specs), specs);
        Optional<Plan> plan = keptPlan(chosen);
        TuningSpec spec = spec(chosen, plan);
        try (Tuning tuning = trainings.tuning(spec, chosen, config.seed())) {
            Trainings.Trained trained = trainings.train(tuning, spec, chosen);
            stage.repeat(spec, chosen);
            ranks.finish();
            return phases.in(Phase.REPORT, () -> write(tuning, chosen, spec, plan, trained));
        }
    }

    private ProbeStage probe() {
        if (probe == null) {
            probe = folder.kept(PROBE, ProbeStage::read)
                    .orElseGet(() -> phases.in(
                            Phase.PROBE,
                            () -> ProbeStage.fit(backbone, data.splits(), evaluator, folder.file(PROBE), progress)));
        }
        return probe;
    }

    /** Refuses a method that cannot work, before anything is computed for it. */
    private void requireMethod() {
        if (config.method() instanceof MethodConfig.Stated stated) {
            trainings.tuning(stated.spec(), config, config.seed()).close();
            return;
        }
        MethodConfig.Spt spt = (MethodConfig.Spt) config.method();
        if (Files.exists(folder.file(PLAN))) {
            return;
        }
        AllocationStage.require(spt, backbone);
        for (Map<String, String> point : config.search().points(config.seed())) {
            if (config.with(point).method() instanceof MethodConfig.Spt tried) {
                AllocationStage.require(tried, backbone);
            }
        }
        if (spt.allocation() instanceof Allocation.Given given) {
            Plan plan = PlanFile.read(given.plan());
            trainings
                    .tuning(spec(config, Optional.of(plan)), config, config.seed())
                    .close();
        } else if (config.sensitivity().scores().isPresent()) {
            scores = scores();
        }
    }

    /** The plan of the final training, kept in the run's folder; empty for methods without one. */
    private Optional<Plan> keptPlan(RunConfig chosen) {
        Optional<Plan> kept = folder.kept(PLAN, PlanJson::read);
        if (kept.isPresent() && scores == null && chosen.sensitivity().scores().isEmpty()) {
            scores = folder.kept(SCORES, ScoresFile::read).orElse(null);
        }
        if (kept.isPresent()) {
            return kept;
        }
        Optional<Plan> plan = plan(chosen);
        plan.ifPresent(made -> PlanJson.write(folder.file(PLAN), made));
        return plan;
    }

    private Optional<Plan> plan(RunConfig chosen) {
        if (!(chosen.method() instanceof MethodConfig.Spt spt)) {
            return Optional.empty();
        }
        if (scores == null && !(spt.allocation() instanceof Allocation.Given)) {
            scores = scores();
        }
        return Optional.of(
                phases.in(Phase.ALLOCATION, () -> AllocationStage.plan(spt, backbone, chosen.compat(), scores)));
    }

    private Scores scores() {
        Optional<Path> given = config.sensitivity().scores();
        if (given.isPresent()) {
            Scores read = ScoresFile.read(given.get());
            requireSameBackbone(read, given.get());
            return read;
        }
        return folder.kept(SCORES, ScoresFile::read).orElseGet(this::score);
    }

    private Scores score() {
        Supplier<Scores> score = () -> phases.in(
                Phase.SENSITIVITY,
                () -> SensitivityStage.score(
                        config.sensitivity(),
                        backbone,
                        data.splits().train(),
                        () -> probe().head(),
                        config.backbone().dropPath(),
                        config.seed(),
                        RunData.workers(config.data()),
                        progress));
        Scores computed = shared.scores(config, score, seconds -> folder.spent(Phase.SENSITIVITY, seconds));
        ScoresFile.write(folder.file(SCORES), computed);
        return computed;
    }

    private void requireSameBackbone(Scores given, Path file) {
        String scored = given.source().backbone();
        if (isFingerprint(scored) && !scored.equals(backbone.fingerprint())) {
            throw new ConfigException("sensitivity.scores: " + file + " was made for a backbone with the fingerprint "
                    + scored + ", this one has " + backbone.fingerprint() + "; score it with inlay sensitivity");
        }
    }

    /** Scores made elsewhere may not say which backbone they are of. */
    private static boolean isFingerprint(String text) {
        return text.matches("[0-9a-f]{64}");
    }

    static TuningSpec spec(RunConfig chosen, Optional<Plan> plan) {
        if (chosen.method() instanceof MethodConfig.Stated stated) {
            return stated.spec();
        }
        MethodConfig.Spt spt = (MethodConfig.Spt) chosen.method();
        Planned.Origin origin = chosen.compat() == Compat.SEED ? Planned.Origin.SEED : Planned.Origin.PAPER;
        return new Planned(plan.orElseThrow(), spt.dropout(), spt.dropPath(), origin);
    }

    private TuneOutcome write(
            Tuning tuning, RunConfig chosen, TuningSpec spec, Optional<Plan> plan, Trainings.Trained trained) {
        Evaluation test = trained.test();
        Path task = folder.file("task.safetensors");
        TaskFile.write(task, info(chosen, spec, test), tuning);
        RunRecord record = new RunSummary(config, folder, shared, data)
                .record(
                        tuning,
                        plan,
                        Optional.ofNullable(scores),
                        Optional.ofNullable(probe),
                        trained.curves(),
                        test,
                        task);
        MetricsFile.write(folder.file("metrics.json"), record);
        Examples examples = data.splits().test();
        Map<Integer, float[]> pictures = new LinkedHashMap<>();
        for (Mistake mistake : record.mistakes()) {
            float[] pixels = new float[3 * examples.height() * examples.width()];
            examples.read(mistake.example(), Examples.EVALUATION, pixels, 0);
            pictures.put(mistake.example(), pixels);
        }
        return new TuneOutcome(record, task, examples.height(), examples.width(), pictures, data.transform());
    }

    private TaskInfo info(RunConfig chosen, TuningSpec spec, Evaluation test) {
        TreeMap<String, Double> metrics = new TreeMap<>();
        metrics.put("test.top1", test.top1());
        metrics.put("test.top5", test.top5());
        metrics.put("test.meanPerClass", test.meanPerClass());
        metrics.put("test.crossEntropy", test.crossEntropy());
        TreeMap<String, String> provenance = new TreeMap<>();
        provenance.put("config", chosen.settings().portable());
        provenance.put("seed", Long.toString(config.seed()));
        provenance.put("inlay", Version.inlay());
        provenance.put("libtorch", LibTorch.describe().get("libtorch"));
        provenance.put("train", data.splits().train().fingerprint());
        provenance.put("test", data.splits().test().fingerprint());
        return new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                data.splits().train().classNames(),
                data.transform(),
                metrics,
                provenance);
    }
}
