package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.source.Splits;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.RunData;
import dev.inlay.inputs.RunData.DataSplit;
import dev.inlay.inputs.RunInputs;
import dev.inlay.parallel.Ranks;
import dev.inlay.plan.Plan;
import dev.inlay.progress.Progress;
import dev.inlay.record.ClassCount;
import dev.inlay.record.CurvesFile;
import dev.inlay.record.ImageIou;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Mistake;
import dev.inlay.record.Phase;
import dev.inlay.record.Quality;
import dev.inlay.record.RunRecord;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.ModelCard;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.RunObserver;
import dev.inlay.train.scores.Scores;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.TuningSpec;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run of {@code inlay tune}: load, probe, score, allocate, search, train, evaluate, write. Every phase leaves its
 * result in the run's folder and is skipped when the run is resumed.
 */
public final class TuneRun {
    private static final Logger LOG = LoggerFactory.getLogger(TuneRun.class);

    private final LoadedRun run;
    private final Phases phases;
    private final SharedWork shared;
    private final Ranks ranks;
    private final RunInputs inputs;
    private final MethodStage method;
    private final TrainingRunner trainings;

    private TuneRun(LoadedRun run, Phases phases, SharedWork shared, Ranks ranks, RunInputs inputs) {
        Progress progress = ranks.watched(phases.observer().progress());
        this.run = run;
        this.phases = phases;
        this.shared = shared;
        this.ranks = ranks;
        this.inputs = inputs;
        this.method = new MethodStage(run, phases, shared, progress);
        FrozenInputs frozen = new FrozenInputs(shared, run, Optional.of(phases), progress);
        HeadStart start = new HeadStart(run, frozen, phases, method::start, progress);
        this.trainings = new TrainingRunner(run, frozen, start, phases, ranks);
    }

    /**
     * Runs a config, or resumes it where an earlier process left off.
     *
     * @param out the run's folder
     * @throws InlayException saying what is wrong and what to do
     */
    public static TuneOutcome run(RunConfig config, Path out, RunObserver observer) {
        try (SharedWork shared = new SharedWork()) {
            return run(config, out, observer, shared);
        }
    }

    /**
     * Runs a config as {@link #run(RunConfig, Path, RunObserver)} does, with the same result.
     *
     * @param shared what earlier runs may have left; this one leaves what it loaded
     */
    public static TuneOutcome run(RunConfig config, Path out, RunObserver observer, SharedWork shared) {
        return run(config, out, observer, shared, Ranks.ALONE);
    }

    /**
     * Runs a config with the help of other processes, which take part in its trainings. The same number of ranks gives the
     * same result bit for bit, another number one within the error of floating point.
     *
     * @param shared as in {@link #run(RunConfig, Path, RunObserver, SharedWork)}
     * @param ranks from {@link Rank#local}; told to finish, and closed, by the caller
     */
    public static TuneOutcome run(RunConfig config, Path out, RunObserver observer, SharedWork shared, Ranks ranks) {
        if (config.data().folds().isPresent()) {
            throw new ConfigException("data.split.folds: this is a run on one fold; set data.split.fold, too");
        }
        shared.begin();
        try (RunFolder folder = RunFolder.open(out, config.settings().json())) {
            TuneRun run = load(config, folder, folder.path(), folder.isClaimed(), observer, shared, ranks);
            Backbone backbone = shared.backbone(config);
            RunObserver.tell(observer, told -> told.onAdvice(() -> Bf16Advice.of(config, backbone)));
            return run.run();
        }
    }

    /**
     * Does what comes before the search of a run, and leaves what its points need to be tried apart from it with
     * {@link #runTrial}; {@link #run(RunConfig, Path, RunObserver)} then takes what they gave. Interrupted at any instant, the three
     * can be called again.
     *
     * @param out the run's folder
     * @param shared as in {@link #run(RunConfig, Path, RunObserver, SharedWork)}
     * @return the indices of the points whose result the run has not noted
     */
    public static List<Integer> prepareSearch(RunConfig config, Path out, RunObserver observer, SharedWork shared) {
        shared.begin();
        try (RunFolder folder = RunFolder.open(out, config.settings().json())) {
            return load(config, folder, folder.path(), folder.isClaimed(), observer, shared, Ranks.ALONE)
                    .prepareSearch();
        }
    }

    /**
     * Tries a point of a run's search apart from the run, or resumes it; any process may. One that was tried stays as it
     * is.
     *
     * @param config of the run
     * @param out the run's folder
     * @param point one of those that {@link #prepareSearch(RunConfig, Path, RunObserver, SharedWork)} gave
     * @param shared as in {@link #run(RunConfig, Path, RunObserver, SharedWork)}
     */
    public static void runTrial(RunConfig config, Path out, int point, RunObserver observer, SharedWork shared) {
        shared.begin();
        TrialFolder apart = TrialFolder.of(out, point);
        RunConfig tried = config.with(config.search().points(config.seed()).get(point));
        try (RunFolder folder = apart.open(tried)) {
            if (folder.search().isEmpty()) {
                load(config, folder, out, true, observer, shared, Ranks.ALONE).runTrial(point, apart.plans());
            }
        }
    }

    /**
     * The file that holds what {@link #runTrial} found.
     *
     * @param out the run's folder
     * @param point its index in the search
     */
    public static Path trialState(Path out, int point) {
        return RunFolder.state(TrialFolder.of(out, point).path());
    }

    /**
     * Refuses to do runs beside finished ones that read other images or weights under the same names: results of two data sets
     * do not compare.
     *
     * @param finished runs by their folders
     * @param left runs to do
     * @param shared as in {@link #run(RunConfig, Path, RunObserver, SharedWork)}
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
        Machine.prepare(config, 1, 1);
        try (Backbone backbone = Backbones.load(config);
                RunData data = RunData.load(
                        config.data(),
                        config.sensitivity().head() == SensitivityConfig.Head.PROBE
                                ? EnumSet.of(DataSplit.TRAIN, DataSplit.VALIDATION)
                                : EnumSet.of(DataSplit.TRAIN),
                        backbone.height(),
                        backbone.width(),
                        config.seed(),
                        progress)) {
            data.warnings().forEach(LOG::warn);
            LoadedRun run = new LoadedRun(config, backbone, data);
            return SensitivityStage.score(run, () -> ProbeStage.head(run, progress), progress);
        }
    }

    /**
     * Loads what a run needs.
     *
     * @param origin the folder that has the record of what the run read when it began
     * @param begun whether it began
     */
    private static TuneRun load(
            RunConfig config,
            RunFolder folder,
            Path origin,
            boolean begun,
            RunObserver observer,
            SharedWork shared,
            Ranks ranks) {
        Machine.prepare(config, ranks.size(), ranks.here());
        LOG.info("{} begins, Inlay {}, {}", Phase.LOAD, InlayVersion.inlay(), Machine.describe(config, ranks.size()));
        observer.status().phase(Phase.LOAD);
        observer.status().nativeBytes(LibTorch::residentBytes);
        folder.begin(Phase.LOAD);
        Progress progress = ranks.watched(observer.progress());
        Backbone backbone = shared.backbone(config);
        RunInputs inputs = new RunInputs(origin, begun, config, backbone);
        RunData data = shared.data(
                config,
                EnumSet.allOf(DataSplit.class),
                progress,
                loaded -> tell(config, loaded),
                listed -> inputs.check(listed, progress));
        inputs.check(data.contents(), progress);
        return new TuneRun(new LoadedRun(config, backbone, data), new Phases(folder, observer), shared, ranks, inputs);
    }

    private static void tell(RunConfig config, RunData loaded) {
        loaded.warnings().forEach(LOG::warn);
        List<ClassCount> counts =
                ClassBalance.counts(loaded.splits(), config.train().withValidation());
        if (!counts.isEmpty()) {
            LOG.info("train/validation/test images by class: {}", ClassBalance.text(counts));
        }
        ClassBalance.warnings(config.train(), loaded.splits().train().labels(), counts)
                .forEach(LOG::warn);
    }

    /**
     * Refuses data on which a config cannot be run.
     *
     * @param sizes images of each split
     */
    static void requireSplits(RunConfig config, LabelSpace labels, Splits<Integer> sizes) {
        List<String> classNames = labels.names();
        if (labels instanceof LabelSpace.Numbers numbers) {
            requireSpread(numbers);
        } else if (labels.kind() == LabelSpace.Kind.SINGLE && classNames.size() < 2) {
            throw new DataException(
                    "data: one class only, " + classNames + "; there is nothing to tell apart, expected at least two");
        }
        if (sizes.test() == 0) {
            throw new ConfigException("data: there is no test split, and tune reports its accuracy: "
                    + RunData.withoutTest(config.data().source()));
        }
        config.train().classWeights().requireNames(classNames);
        boolean chooses = config.baselines().linear()
                || !config.search().grid().isEmpty()
                || FirstBlockStage.isAsked(config)
                || config.sensitivity().head() == SensitivityConfig.Head.PROBE
                || config.train().calibrate()
                || TrainingSettingsFactory.settings(config, 0).selection().isMade();
        if (chooses && sizes.validation() == 0) {
            throw new ConfigException(
                    "data: there is no validation split, but something is chosen on it; give one, or set"
                            + " baselines.linear: false and leave out search.grid, method.firstBlock: auto,"
                            + " sensitivity.head: probe, train.select: best, train.patience and train.calibrate");
        }
    }

    /** Refuses sets of classes that are empty for all images of a split: there would be nothing to measure. */
    private static void requireClasses(Splits<Examples> splits) {
        if (splits.train().labels().kind() != LabelSpace.Kind.MULTI) {
            return;
        }
        Map<String, Examples> measured = new LinkedHashMap<>();
        measured.put("training", splits.train());
        measured.put("validation", splits.validation());
        measured.put("test", splits.test());
        List<String> without = measured.entrySet().stream()
                .filter(split -> split.getValue().size() > 0 && hasNoClass(split.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        if (!without.isEmpty()) {
            throw new DataException("data: no " + String.join(", no ", without)
                    + " image has any of the classes, of which average precision needs at least one; give the images"
                    + " their classes, or divide them otherwise");
        }
    }

    private static boolean hasNoClass(Examples examples) {
        return LongStream.of(ClassBalance.images(examples)).sum() == 0;
    }

    private static void requireSpread(LabelSpace.Numbers numbers) {
        List<String> constant = IntStream.range(0, numbers.size())
                .filter(k -> numbers.deviations().get(k) == 0)
                .mapToObj(numbers.names()::get)
                .toList();
        if (!constant.isEmpty()) {
            throw new DataException("data: the same number for every training image, so there is nothing to learn: "
                    + String.join(", ", constant) + "; name other columns in data.labelColumns");
        }
    }

    private List<Integer> prepareSearch() {
        begin();
        List<Map<String, String>> points = search().points();
        List<Integer> left = IntStream.range(phases.folder().search().size(), points.size())
                .boxed()
                .toList();
        for (int point : left) {
            TrialFolder apart = TrialFolder.of(phases.folder().path(), point);
            apart.leave(method.plans(run.config().with(points.get(point))));
            method.leaveProbe(apart.path());
        }
        return left;
    }

    private void runTrial(int point, List<Plan> plans) {
        claim();
        search().runTrial(point, tried -> TrainingSettingsFactory.spec(tried, plans));
    }

    private void begin() {
        requireSplits(run.config(), run.splits().train().labels(), run.splits().map(Examples::size));
        requireClasses(run.splits());
        method.require(trainings);
        inputs.keep(run.data().contents());
        claim();
        AugmentedSheet.write(run, phases.folder().file(RunFolder.AUGMENTED));
        if (run.config().baselines().linear()) {
            method.probe();
        }
    }

    private void claim() {
        phases.folder().claim(Machine.describe(run.config(), ranks.size()));
        phases.folder().end(Phase.LOAD);
    }

    private SearchStage search() {
        return new SearchStage(run, phases.folder(), trainings);
    }

    private TuneOutcome run() {
        begin();
        SearchStage search = search();
        RunConfig chosen =
                new FirstBlockStage(run, phases.folder(), trainings).choose(search.search(method::spec), method::spec);
        List<Plan> plans = method.keptPlans(chosen);
        TuningSpec spec = TrainingSettingsFactory.spec(chosen, plans);
        TrainingSpec training = TrainingSpec.reported(chosen, spec, run.config().seed());
        try (Ensemble tuned = trainings.tuned(training)) {
            RunSummary.cautions(
                            run.config().train(), tuned, training.examples(run).size())
                    .forEach(LOG::warn);
            TrainingRunner.Trained trained = trainings.train(training, tuned);
            search.repeat(spec, chosen);
            return phases.in(Phase.REPORT, () -> write(tuned, training, plans, trained));
        }
    }

    private TuneOutcome write(Ensemble tuned, TrainingSpec training, List<Plan> plans, TrainingRunner.Trained trained) {
        Path task = phases.folder().file("task.safetensors");
        TaskFile.write(task, info(training, trained), tuned);
        try (Task written = TaskFile.read(task)) {
            ModelCard.write(written, ModelCard.Library.INLAY, phases.folder().path());
        }
        RunRecord record = new RunSummary(run, phases.folder(), shared.peakResidentBytes())
                .record(tuned, plans, method.knownScores(), method.fittedProbe(), trained, task);
        MetricsFile.write(phases.folder().file("metrics.json"), record);
        CurvesFile.write(phases.folder().file("curves.csv"), record.curves());
        for (int k = 1; k < record.members().size(); k++) {
            CurvesFile.write(
                    phases.folder().file("curves-" + (k + 1) + ".csv"),
                    record.members().get(k).curves());
        }
        Examples examples = run.splits().test();
        Map<Integer, float[]> images = new LinkedHashMap<>();
        Map<Integer, MaskedImage> masks = new LinkedHashMap<>();
        for (Mistake mistake : record.mistakes()) {
            images.put(mistake.example(), pixels(examples, mistake.example()));
        }
        for (ImageIou worst : record.worstImages()) {
            float[] pixels = pixels(examples, worst.example());
            images.put(worst.example(), pixels);
            masks.put(
                    worst.example(), MaskedImage.of(tuned, run.backbone().device(), examples, worst.example(), pixels));
        }
        MistakeInsights insights =
                run.data().transform().isEmpty() || tuned.members().size() > 1
                        ? MistakeInsights.NONE
                        : MistakeInsights.of(
                                tuned.members().get(0),
                                record.mistakes(),
                                images,
                                trainings.sample(training, tuned.members().get(0), MistakeInsights.MAX_SEARCHED),
                                training.examples(run).size(),
                                run.inference(),
                                ranks.watched(phases.observer().progress()));
        return new TuneOutcome(
                record,
                task,
                examples.height(),
                examples.width(),
                images,
                masks,
                insights,
                run.data().transform());
    }

    private static float[] pixels(Examples examples, int example) {
        float[] pixels = new float[3 * examples.height() * examples.width()];
        examples.read(example, Examples.EVALUATION, pixels, 0);
        return pixels;
    }

    private TaskInfo info(TrainingSpec training, TrainingRunner.Trained trained) {
        TreeMap<String, Double> metrics = new TreeMap<>();
        Quality test = trained.test().quality();
        metrics.put("test.images", (double) test.examples());
        test.figures().forEach((name, value) -> metrics.put("test." + name, value));
        TreeMap<String, String> provenance = new TreeMap<>();
        provenance.put("config", training.chosen().settings().portable());
        training.chosen().backbone().hubRepository().ifPresent(base -> provenance.put(ModelCard.BASE_MODEL, base));
        provenance.put("precision", run.backbone().precision().toString());
        provenance.put("seed", Long.toString(training.seed()));
        provenance.put("inlay", InlayVersion.inlay());
        provenance.put("libtorch", LibTorch.describe().get("libtorch"));
        provenance.put("train", run.splits().train().fingerprint());
        provenance.put("test", run.splits().test().fingerprint());
        return new TaskInfo(
                training.spec(),
                BackboneInfo.of(run.backbone()),
                trained.labels(),
                run.data().transform(),
                metrics,
                provenance,
                trained.temperature());
    }
}
