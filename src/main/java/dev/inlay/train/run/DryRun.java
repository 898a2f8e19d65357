package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.config.Allocation;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.Contents;
import dev.inlay.data.ExampleSubset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.KeptInputs;
import dev.inlay.data.source.Splits;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.DataSample;
import dev.inlay.inputs.RunData;
import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.PeakMemory;
import dev.inlay.train.Trainer;
import dev.inlay.train.scores.Scores;
import dev.inlay.train.scores.ScoresFile;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.HeadInit;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Tries what a run would do, on a few of its images, and extrapolates. It writes nothing. On a slow machine or a large backbone it
 * takes smaller batches than the run would, so that it ends in half a minute.
 */
public final class DryRun {
    private static final int STEPS = 2;
    private static final int MAX_IMAGES = 256;
    private static final int MIN_IMAGES = 4;
    private static final int CALIBRATION = 8;
    private static final double DECODING_SECONDS = 3;

    /** For all that is measured of one kind. */
    private static final double SECONDS = 4;

    /** A step takes about as long as so many passes without gradients. */
    private static final double PASSES_OF_A_STEP = 3;

    private final RunConfig config;
    private final LoadedRun run;
    private final DataSample sample;
    private final double loading;
    private final SortedMap<Phase, Double> seconds = new TreeMap<>();

    private DryRun(RunConfig config, Backbone backbone, DataSample sample, int images, double loading) {
        Examples few = first(sample.train(), images);
        RunData data =
                new RunData(new Splits<>(few, few, few, few), Optional.empty(), 0, sample.warnings(), new Contents());
        this.config = config;
        this.run = new LoadedRun(config, backbone, data);
        this.sample = sample;
        this.loading = loading;
    }

    /**
     * Checks a config and what it names, takes a few steps and says what a run would take.
     *
     * @throws dev.inlay.error.InlayException saying what is wrong and what to do
     */
    public static Forecast of(RunConfig config) {
        Machine.prepare(config, 1, 1);
        PeakMemory.reset();
        long begun = System.nanoTime();
        try (Backbone backbone = Backbones.load(config)) {
            double loading = since(begun);
            try (DataSample sample = DataSample.take(
                    config.data(), MAX_IMAGES, DECODING_SECONDS, backbone.height(), backbone.width(), config.seed())) {
                Examples few = sample.train();
                TuneRun.requireSplits(config, few.labels(), sample.sizes());
                pass(config, backbone, first(few, CALIBRATION)); // the first one warms up
                double pass = pass(config, backbone, first(few, CALIBRATION));
                return new DryRun(config, backbone, sample, count(pass, 1, MAX_IMAGES), loading).measure();
            }
        }
    }

    /** Measures the steps of the first member, and takes those of others to be as long. */
    private Forecast measure() {
        Examples few = run.splits().train();
        double pass = pass(config, run.backbone(), few);
        long fixed = LibTorch.residentBytes();
        TuningSpec spec = spec(pass);
        TrainConfig train = config.train();
        int batch = count(pass, (1 + STEPS) * PASSES_OF_A_STEP, train.batchSize());
        try (SharedWork shared = new SharedWork(run.backbone());
                Ensemble tuned = Ensemble.of(spec.members().stream()
                        .map(member -> new Tuning(
                                run.backbone(), member, few.classNames().size(), HeadInit.SMALL, config.seed()))
                        .toList());
                Trainer trainer =
                        new Trainer(tuned.members().get(0), TrainingSettingsFactory.settings(config, config.seed()))) {
            FrozenInputs frozen = new FrozenInputs(shared, run, Optional.empty(), Progress.NONE);
            long begun = System.nanoTime();
            Inputs judged = frozen.judging(tuned.frozenSteps(), config, few);
            double prefix = judged instanceof KeptInputs ? since(begun) / few.size() : 0;
            Inputs learned = frozen.learned(tuned.members().get(0), config, few);
            double step = steps(trainer, learned, batch);
            long trained = Math.max(fixed, PeakMemory.residentBytes().orElse(0));
            extrapolate(pass, prefix, tuned.members().size() * step / batch, judge(tuned, judged));
            long evaluated = Math.max(0, PeakMemory.residentBytes().orElse(0) - trained);
            return new Forecast(
                    run.backbone().parameterCount(),
                    RunSummary.parameters(tuned),
                    sample.sizes(),
                    few.classNames().size(),
                    batch,
                    step / batch * train.batchSize() * train.accumulate(),
                    seconds,
                    peak(fixed
                            + (trained - fixed) * train.batchSize() / batch
                            + evaluated * judgedAtOnce() / few.size()),
                    warnings());
        }
    }

    private List<String> warnings() {
        LabelSpace labels = run.splits().train().labels();
        List<String> warnings = new ArrayList<>(sample.warnings());
        warnings.addAll(ClassBalance.warnings(
                config.train(),
                labels,
                ClassBalance.counts(labels, sample.perClass(), config.train().withValidation())));
        return warnings;
    }

    /** Images of the largest batch of an evaluation; what it needs comes on top of a training, whose memory other threads do not use. */
    private int judgedAtOnce() {
        Splits<Integer> sizes = sample.sizes();
        return Math.min(config.train().evaluationBatchSize(), Math.max(sizes.validation(), sizes.test()));
    }

    /** How many images can be taken in the time, at least four. */
    private static int count(double pass, double passes, int most) {
        return (int) Math.min(most, Math.max(MIN_IMAGES, SECONDS / (pass * passes)));
    }

    private static Examples first(Examples examples, int count) {
        return new ExampleSubset(
                examples,
                IntStream.range(0, Math.min(count, examples.size())).boxed().toList());
    }

    /** Seconds for an image through the bare backbone. */
    private static double pass(RunConfig config, Backbone backbone, Examples few) {
        InferenceLoop loop = new InferenceLoop(
                config.train().evaluationBatchSize(), RunData.workers(config.data()), backbone.device());
        long begun = System.nanoTime();
        loop.prepare(
                Inputs.images(few), "features", Progress.NONE, batch -> backbone.features(batch.input(), Pass.BARE));
        return since(begun) / few.size();
    }

    /** What is tuned; a plan is made from the scores of a single batch. */
    private TuningSpec spec(double pass) {
        List<MethodConfig.Spt> planned = config.method().planned();
        planned.forEach(spt -> AllocationStage.require(spt, run.backbone()));
        if (planned.stream().allMatch(spt -> spt.allocation() instanceof Allocation.Given)) {
            return spec(planned, null);
        }
        if (config.sensitivity().scores().isPresent()) {
            return spec(planned, ScoresFile.read(config.sensitivity().scores().get()));
        }
        int batch = count(pass, 2 * PASSES_OF_A_STEP, config.sensitivity().batchSize());
        RunConfig once = config.with(Map.of(
                "sensitivity.batches",
                "1",
                "sensitivity.batchSize",
                Integer.toString(batch),
                "sensitivity.microBatch",
                Integer.toString(Math.min(batch, config.sensitivity().microBatch())),
                "sensitivity.head",
                "random"));
        LoadedRun scored = new LoadedRun(once, run.backbone(), run.data());
        SensitivityStage.score(scored, () -> null, Progress.NONE); // the first one warms up
        long begun = System.nanoTime();
        TuningSpec spec = spec(planned, SensitivityStage.score(scored, () -> null, Progress.NONE));
        double each = since(begun) / Math.min(batch, run.splits().train().size());
        long images = Math.min(
                sample.sizes().train(),
                (long) config.sensitivity().batches() * config.sensitivity().batchSize());
        seconds.put(Phase.SENSITIVITY, each * images);
        return spec;
    }

    /** @param scores not used where all plans are given */
    private TuningSpec spec(List<MethodConfig.Spt> planned, Scores scores) {
        return TrainingSettingsFactory.spec(
                config,
                planned.stream()
                        .map(spt -> AllocationStage.plan(spt, run.backbone(), config.compat(), scores))
                        .toList());
    }

    /** Seconds of a step, after one that is not counted. */
    private double steps(Trainer trainer, Inputs inputs, int batch) {
        int images = inputs.examples().size();
        int[] order =
                IntStream.range(0, (1 + STEPS) * batch).map(i -> i % images).toArray();
        long begun = 0;
        try (BatchSource source =
                        inputs.batches(batch, run.workers(), run.backbone().device());
                Batches batches = source.read(order, 0, 0)) {
            for (int step = 0; step <= STEPS; step++) {
                if (step == 1) {
                    begun = System.nanoTime();
                }
                try (PointerScope scope = new PointerScope()) {
                    trainer.step(0, step, 1 + STEPS, batches.next());
                }
            }
        }
        return since(begun) / STEPS;
    }

    /** Seconds to evaluate an image. */
    private double judge(Ensemble tuned, Inputs inputs) {
        long begun = System.nanoTime();
        run.inference().evaluate(batch -> tuned.logits(batch.input(), batch.step()), inputs, "evaluate", Progress.NONE);
        return since(begun) / inputs.examples().size();
    }

    private void extrapolate(double pass, double prefix, double step, double judging) {
        Splits<Integer> sizes = sample.sizes();
        TrainConfig train = config.train();
        int all = sizes.train() + sizes.validation() + sizes.test();
        seconds.put(Phase.LOAD, loading + sample.decodingSeconds() * (all + sizes.trainAndValidation()));
        if (config.baselines().linear()) {
            seconds.put(Phase.PROBE, pass * all);
        } else if (train.headInit() == HeadInit.PROBE) {
            seconds.put(Phase.PROBE, pass * (sizes.train() + sizes.validation()));
        }
        if (prefix > 0) {
            seconds.put(Phase.FROZEN, prefix * all);
        }
        int learned = train.withValidation() ? sizes.trainAndValidation() : sizes.train();
        double evaluations = Math.ceil((double) train.epochs() / train.evaluateEvery());
        double judged = train.withValidation() ? 0 : judging * sizes.validation() * evaluations;
        double tested = judging * sizes.test();
        double once = step * train.epochs() * learned + judged + (train.testCurve() ? tested * evaluations : 0);
        boolean selects = TrainingSettingsFactory.settings(config, config.seed())
                .selection()
                .isMade();
        double trial =
                step * train.epochs() * sizes.train() + judging * sizes.validation() * (selects ? evaluations + 1 : 1);
        int trials = config.search().points(config.seed()).size();
        if (trials > 0) {
            seconds.put(Phase.SEARCH, trial * trials);
        }
        seconds.put(Phase.TRAIN, once + config.search().repeats() * (once + tested));
        seconds.put(Phase.EVALUATION, tested);
        seconds.put(Phase.REPORT, pass * Math.min(MistakeInsights.MAX_SEARCHED, learned));
        int folds = config.data().folds().orElse(1);
        seconds.replaceAll((phase, ofFold) -> ofFold * folds);
    }

    /** What is held at most, if {@code held} is without what the images that were not decoded take. */
    private OptionalLong peak(long held) {
        if (PeakMemory.residentBytes().isEmpty()) {
            return OptionalLong.empty();
        }
        long most = RunData.splitCacheBytes(config.data());
        Splits<Integer> sizes = sample.sizes();
        long decoded = IntStream.of(sizes.train(), sizes.validation(), sizes.trainAndValidation(), sizes.test())
                .mapToLong(images -> Math.min(most, images * sample.decodedBytes()))
                .sum();
        long own = run.splits().train().size() * sample.decodedBytes();
        return OptionalLong.of(held + Math.max(decoded - own, untouchedHeap()));
    }

    /** What Java has reserved for its objects and a long run will come to use, in bytes. */
    private static long untouchedHeap() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool ->
                        pool.getUsage().getCommitted() - pool.getPeakUsage().getUsed())
                .filter(bytes -> bytes > 0)
                .sum();
    }

    private static double since(long begun) {
        return (System.nanoTime() - begun) * 1e-9;
    }
}
