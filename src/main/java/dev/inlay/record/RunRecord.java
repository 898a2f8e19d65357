package dev.inlay.record;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Everything a finished run says about itself: its components are the keys of {@code metrics.json}, whose meanings and
 * units {@code docs/run-output.md} lists. Accuracies are fractions in [0, 1], times are seconds, sizes are bytes.
 *
 * @param name what the run is called
 * @param method what was tuned, for people, such as {@code SPT-LoRA, rank 8}
 * @param backbone name of the backbone's variant
 * @param data the data; null if not recorded
 * @param test the result: the last epoch's accuracy on the test split
 * @param bestOnTest the best epoch as the test split saw it, an extra; null if the test split was seen only once
 * @param baselines what simpler methods reach on the same splits: {@code linear}, if it was fitted
 * @param trainableParameters how many numbers were trained
 * @param taskBytes size of the task file
 * @param backboneBytes size of the backbone's weights
 * @param backboneParameters how many numbers the backbone has, without a head
 * @param seconds wall-clock seconds per phase; phases that did not happen are absent
 * @param peakResidentBytes the most memory the process held; null where the system does not tell
 * @param curves one entry per epoch
 * @param confusion which class was taken for which; null if not recorded
 * @param mistakes the worst mistakes on the test split, worst first
 * @param plan what the sensitivity pass saw and the plan made of it; null for methods without a plan
 * @param search settings tried on the validation split, in the order tried
 * @param firstBlock from which block on was tuned; null where that was not tried out
 * @param repeats the final training from other seeds
 * @param warnings what a reader of the numbers should know, such as skipped images or a resume under other threads
 * @param config the full config in canonical form, as YAML
 * @param provenance what produced the numbers
 */
public record RunRecord(
        String name,
        String method,
        String backbone,
        DataRecord data,
        Accuracy test,
        BestOnTest bestOnTest,
        Map<String, Baseline> baselines,
        TrainableParameters trainableParameters,
        long taskBytes,
        long backboneBytes,
        long backboneParameters,
        Map<Phase, Double> seconds,
        Long peakResidentBytes,
        List<EpochRecord> curves,
        Confusion confusion,
        List<Mistake> mistakes,
        PlanRecord plan,
        List<SearchTrial> search,
        FirstBlockRecord firstBlock,
        List<Repeat> repeats,
        List<String> warnings,
        String config,
        Provenance provenance) {
    /** The key of linear probing in {@link #baselines}. */
    public static final String LINEAR = "linear";

    /**
     * Copies lists and maps and keeps their order; null stands for an empty one.
     *
     * @throws NullPointerException if a component is null that must not be
     * @throws IllegalArgumentException if a size is negative
     */
    public RunRecord {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(backbone, "backbone");
        Objects.requireNonNull(test, "test");
        Objects.requireNonNull(trainableParameters, "trainableParameters");
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(provenance, "provenance");
        Check.notNegative("taskBytes", taskBytes);
        Check.notNegative("backboneBytes", backboneBytes);
        Check.notNegative("backboneParameters", backboneParameters);
        baselines = Check.ordered(baselines);
        seconds = Check.ordered(seconds);
        curves = copy(curves);
        mistakes = copy(mistakes);
        search = copy(search);
        repeats = copy(repeats);
        warnings = copy(warnings);
    }

    private static <T> List<T> copy(List<T> list) {
        return list == null ? List.of() : List.copyOf(list);
    }

    /** Wall-clock seconds of the run without loading and reporting. */
    public double workSeconds() {
        return seconds.entrySet().stream()
                .filter(phase -> phase.getKey() != Phase.LOAD && phase.getKey() != Phase.REPORT)
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** The baseline of linear probing, or null if it was not fitted. */
    public Baseline linear() {
        return baselines.get(LINEAR);
    }

    /**
     * Starts a record.
     *
     * @param name what the run is called
     * @param method what was tuned, for people
     * @param backbone name of the backbone's variant
     */
    public static Builder of(String name, String method, String backbone) {
        return new Builder(name, method, backbone);
    }

    /** Collects the parts of a record as the run yields them; not for use by several threads. */
    public static final class Builder {
        private final String name;
        private final String method;
        private final String backbone;
        private DataRecord data;
        private Accuracy test;
        private BestOnTest bestOnTest;
        private final Map<String, Baseline> baselines = new LinkedHashMap<>();
        private TrainableParameters trainableParameters;
        private long taskBytes;
        private long backboneBytes;
        private long backboneParameters;
        private final Map<Phase, Double> seconds = new EnumMap<>(Phase.class);
        private Long peakResidentBytes;
        private final List<EpochRecord> curves = new ArrayList<>();
        private Confusion confusion;
        private List<Mistake> mistakes = List.of();
        private PlanRecord plan;
        private final List<SearchTrial> search = new ArrayList<>();
        private FirstBlockRecord firstBlock;
        private List<Repeat> repeats = List.of();
        private final List<String> warnings = new ArrayList<>();
        private String config;
        private Provenance provenance;

        private Builder(String name, String method, String backbone) {
            this.name = name;
            this.method = method;
            this.backbone = backbone;
        }

        /** The data learned from. */
        public Builder data(DataRecord value) {
            data = value;
            return this;
        }

        /** The result: the last epoch's accuracy on the test split. Required. */
        public Builder test(Accuracy value) {
            test = value;
            return this;
        }

        /** The best epoch as the test split saw it. */
        public Builder bestOnTest(BestOnTest value) {
            bestOnTest = value;
            return this;
        }

        /** What linear probing reaches. */
        public Builder linear(Baseline value) {
            return baseline(LINEAR, value);
        }

        /** What another simpler method reaches. */
        public Builder baseline(String method, Baseline value) {
            baselines.put(method, value);
            return this;
        }

        /** How many numbers were trained. Required. */
        public Builder trainableParameters(TrainableParameters value) {
            trainableParameters = value;
            return this;
        }

        /** Size of the task file in bytes. */
        public Builder taskBytes(long value) {
            taskBytes = value;
            return this;
        }

        /** Size of the backbone's weights: bytes, and how many numbers without a head. */
        public Builder backboneSize(long bytes, long parameters) {
            backboneBytes = bytes;
            backboneParameters = parameters;
            return this;
        }

        /** Adds wall-clock seconds to a phase. */
        public Builder addSeconds(Phase phase, double value) {
            seconds.merge(phase, value, Double::sum);
            return this;
        }

        /** The most memory the process held, in bytes. */
        public Builder peakResidentBytes(long value) {
            peakResidentBytes = value;
            return this;
        }

        /** Adds an epoch. */
        public Builder epoch(EpochRecord value) {
            curves.add(value);
            return this;
        }

        /** Which class was taken for which on the test split. */
        public Builder confusion(Confusion value) {
            confusion = value;
            return this;
        }

        /** The worst mistakes on the test split, worst first. */
        public Builder mistakes(List<Mistake> value) {
            mistakes = value;
            return this;
        }

        /** What the sensitivity pass saw and the plan made of it. */
        public Builder plan(PlanRecord value) {
            plan = value;
            return this;
        }

        /** Adds a setting tried on the validation split. */
        public Builder trial(SearchTrial value) {
            search.add(value);
            return this;
        }

        /** From which block on was tuned, where that was tried out. */
        public Builder firstBlock(FirstBlockRecord value) {
            firstBlock = value;
            return this;
        }

        /** The final training from other seeds. */
        public Builder repeats(List<Repeat> value) {
            repeats = List.copyOf(value);
            return this;
        }

        /** Adds what a reader of the numbers should know. */
        public Builder warning(String value) {
            warnings.add(value);
            return this;
        }

        /** The full config in canonical form, as YAML. Required. */
        public Builder config(String value) {
            config = value;
            return this;
        }

        /** What produced the numbers. Required. */
        public Builder provenance(Provenance value) {
            provenance = value;
            return this;
        }

        /**
         * The record.
         *
         * @throws NullPointerException if a required part is missing
         */
        public RunRecord build() {
            return new RunRecord(
                    name,
                    method,
                    backbone,
                    data,
                    test,
                    bestOnTest,
                    baselines,
                    trainableParameters,
                    taskBytes,
                    backboneBytes,
                    backboneParameters,
                    seconds,
                    peakResidentBytes,
                    curves,
                    confusion,
                    mistakes,
                    plan,
                    search,
                    firstBlock,
                    repeats,
                    warnings,
                    config,
                    provenance);
        }
    }
}
