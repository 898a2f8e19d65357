package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.DataConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.data.ClassWeights;
import dev.inlay.data.Contents;
import dev.inlay.data.loading.Sampling;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.inputs.Backbones;
import dev.inlay.inputs.RunData;
import dev.inlay.inputs.RunData.DataSplit;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.PeakMemory;
import dev.inlay.tensor.Precision;
import dev.inlay.train.FrozenPrefix;
import dev.inlay.train.scores.Scores;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;

/**
 * What runs of one process have in common: the backbone, the decoded images, what frozen blocks make of them and the scores
 * made last stay for the next run that needs equal ones. Runs that share are to be done one after the other, on one thread.
 */
public final class SharedWork implements AutoCloseable {
    private final Optional<Backbone> borrowed;
    private final Latest<Backbone> backbone = new Latest<>(Backbone::close);
    private final Latest<RunData> data = new Latest<>(RunData::close);
    private final Latest<FrozenPrefix> prefix = new Latest<>(FrozenPrefix::close);
    private final Latest<Scores> scores = new Latest<>(forgotten -> {});
    private final Latest<ProbeStage> probe = new Latest<>(forgotten -> {});
    private boolean used;
    private boolean peakIsOwn;

    private record BackboneKey(BackboneConfig config, long seed, Device device, Precision precision) {
        static BackboneKey of(RunConfig run) {
            BackboneConfig c = run.backbone();
            Device device = run.device().resolved();
            return new BackboneKey(
                    new BackboneConfig(c.name(), c.file(), c.spec(), c.imageSize(), c.random(), 0),
                    c.random() ? run.seed() : 0,
                    device,
                    run.precision().on(device));
        }
    }

    private record DataKey(DataConfig config, Set<DataSplit> parts, int height, int width, long seed) {}

    private record PrefixKey(Backbone backbone, RunData data, int steps, int megabytes, InferenceLoop loop) {}

    private record ProbeKey(
            BackboneKey backbone,
            DataConfig data,
            String kind,
            ClassWeights weights,
            Sampling sampling,
            int evaluationBatchSize,
            long seed) {}

    private record ScoresKey(
            BackboneKey backbone,
            DataConfig data,
            SensitivityConfig sensitivity,
            double dropPath,
            int evaluationBatchSize,
            ClassWeights weightsOfProbe,
            Sampling samplingOfProbe,
            long seed) {}

    /** The value made last, kept until one with another key is asked for. */
    private static final class Latest<V> {
        private final Consumer<V> release;
        private Object key;
        private V value;
        private double seconds;

        Latest(Consumer<V> release) {
            this.release = release;
        }

        /**
         * @param kept told how many seconds the value once took, if it is not made now
         */
        V of(Object wanted, Supplier<V> make, DoubleConsumer kept) {
            if (value != null && wanted.equals(key)) {
                kept.accept(seconds);
                return value;
            }
            forget();
            long start = System.nanoTime();
            value = make.get();
            seconds = (System.nanoTime() - start) * 1e-9;
            key = wanted;
            return value;
        }

        void forget() {
            if (value != null) {
                V forgotten = value;
                value = null;
                release.accept(forgotten);
            }
        }
    }

    /** Loads what runs need. */
    public SharedWork() {
        this.borrowed = Optional.empty();
    }

    /**
     * Has every run use one backbone, whatever its config says of it.
     *
     * @param borrowed must outlive this
     */
    public SharedWork(Backbone borrowed) {
        this.borrowed = Optional.of(borrowed);
    }

    /**
     * How many numbers the stated method of a config trains besides the head, without a run.
     *
     * @throws dev.inlay.error.ConfigException if the backbone has no tunable parameter that the method needs
     * @throws IllegalArgumentException if the config's method depends on scores
     */
    public long parameters(RunConfig config) {
        if (!config.method().planned().isEmpty()) {
            throw new IllegalArgumentException(config.name() + ": the method is not stated in full");
        }
        return TrainingSettingsFactory.spec(config, List.of()).members().stream()
                .mapToLong(spec -> parameters(config, spec))
                .sum();
    }

    private long parameters(RunConfig config, TuningSpec spec) {
        try (Tuning tuning = new Tuning(backbone(config), spec, 1, config.seed())) {
            return Arrays.stream(Trainable.Role.values())
                    .filter(part -> part != Trainable.Role.HEAD)
                    .mapToLong(tuning::count)
                    .sum();
        }
    }

    /** A run begins: where the system can forget the peak of memory so far, it is that of this run from here on. */
    void begin() {
        peakIsOwn = PeakMemory.reset() || !used;
        used = true;
    }

    /** The most memory the process held since {@link #begin}; empty if the system cannot tell it from that of earlier runs. */
    OptionalLong peakResidentBytes() {
        return peakIsOwn ? PeakMemory.residentBytes() : OptionalLong.empty();
    }

    /** The backbone of a run, borrowed. */
    Backbone backbone(RunConfig run) {
        return borrowed.orElseGet(() -> backbone.of(
                BackboneKey.of(run),
                () -> {
                    prefix.forget();
                    return Backbones.load(run);
                },
                seconds -> {}));
    }

    /**
     * The examples of a run, borrowed.
     *
     * @param parts those that are needed; others are null
     * @param loaded gets them if they are read now
     * @param listed gets what is known of their files, before any is read if they are read now
     */
    RunData data(
            RunConfig run,
            Set<DataSplit> parts,
            Progress progress,
            Consumer<RunData> loaded,
            Consumer<Contents> listed) {
        Backbone vit = backbone(run);
        return data.of(
                new DataKey(run.data(), parts, vit.height(), vit.width(), run.seed()),
                () -> {
                    prefix.forget();
                    RunData read =
                            RunData.load(run.data(), parts, vit.height(), vit.width(), run.seed(), progress, listed);
                    loaded.accept(read);
                    return read;
                },
                seconds -> {});
    }

    /**
     * Where what the first steps of a run's backbone make of its examples is kept; borrowed.
     *
     * @param steps how many
     * @param loop runs them
     */
    FrozenPrefix prefix(RunConfig run, RunData data, int steps, InferenceLoop loop) {
        Backbone backbone = backbone(run);
        int megabytes = run.train().cacheMegabytes();
        return prefix.of(
                new PrefixKey(backbone, data, steps, megabytes, loop),
                () -> new FrozenPrefix(backbone, steps, (long) megabytes << 20, loop),
                seconds -> {});
    }

    /**
     * A linear probe of a run.
     *
     * @param kind tells probes of the same features apart
     * @param fit fits it
     * @param kept told how many seconds that once took, if it is not done now
     */
    ProbeStage probe(RunConfig run, String kind, Supplier<ProbeStage> fit, DoubleConsumer kept) {
        ProbeKey key = new ProbeKey(
                BackboneKey.of(run),
                run.data(),
                kind,
                run.train().classWeights(),
                run.train().sampling(),
                run.train().evaluationBatchSize(),
                run.seed());
        return probe.of(key, fit, kept);
    }

    /**
     * The scores of a run.
     *
     * @param score computes them
     * @param kept told how many seconds they once took, if they are not computed now
     */
    Scores scores(RunConfig run, Supplier<Scores> score, DoubleConsumer kept) {
        boolean trains = run.sensitivity().mode() == SensitivityConfig.Mode.TRAIN;
        boolean probed = run.sensitivity().head() == SensitivityConfig.Head.PROBE;
        ScoresKey key = new ScoresKey(
                BackboneKey.of(run),
                run.data(),
                run.sensitivity(),
                trains ? run.backbone().dropPath() : 0,
                run.train().evaluationBatchSize(),
                probed ? run.train().classWeights() : ClassWeights.NONE,
                probed ? run.train().sampling() : Sampling.SHUFFLED,
                run.seed());
        return scores.of(key, score, kept);
    }

    @Override
    public void close() {
        scores.forget();
        probe.forget();
        prefix.forget();
        data.forget();
        backbone.forget();
    }
}
