package dev.inlay.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

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
 * @param selection what the validation split decided about the training; null where it decided nothing
 * @param confusion which class was predicted as which; of masks, pixel by pixel; null if not recorded
 * @param classification precision, recall and F1 that follow from {@code confusion}; null if not recorded
 * @param calibration how far the probabilities on the test split can be trusted; null if not recorded
 * @param mistakes the worst mistakes on the test split, worst first
 * @param worstImages of masks, the test images that were told apart worst, worst first; no key where there are none
 * @param plan what the sensitivity pass saw and the plan made of it; null for methods without a plan
 * @param search settings tried on the validation split, in the order tried
 * @param firstBlock from which block on was tuned; null where that was not tried out
 * @param repeats the final training from other seeds
 * @param members those that predict together; empty for a run of one, else {@code curves} are those of the first
 * @param folds the runs of a cross-validation, whose results are pooled here; empty for a single run
 * @param warnings what a reader of the numbers should know, such as skipped images or a resume under other threads
 * @param config the full config in canonical form, as YAML
 * @param provenance what produced the numbers
 */
public record RunRecord(
        String name,
        String method,
        String backbone,
        DataRecord data,
        Quality test,
        BestOnTest bestOnTest,
        Map<String, Baseline> baselines,
        TrainableParameters trainableParameters,
        long taskBytes,
        long backboneBytes,
        long backboneParameters,
        Map<Phase, Double> seconds,
        Long peakResidentBytes,
        List<EpochRecord> curves,
        SelectionRecord selection,
        ConfusionRecord confusion,
        ClassificationReport classification,
        CalibrationRecord calibration,
        List<Mistake> mistakes,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ImageIou> worstImages,
        PlanRecord plan,
        List<SearchTrial> search,
        FirstBlockRecord firstBlock,
        List<Repeat> repeats,
        List<MemberRecord> members,
        List<FoldRecord> folds,
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
        worstImages = copy(worstImages);
        search = copy(search);
        repeats = copy(repeats);
        members = copy(members);
        folds = copy(folds);
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

    /** Returns the trial whose settings the search chose; empty without a search. */
    public Optional<SearchTrial> chosenTrial() {
        return search.stream().filter(SearchTrial::chosen).findFirst();
    }

    /**
     * Returns the result of a run whose images have one class each.
     *
     * @throws IllegalStateException if the labels are others
     */
    public Accuracy accuracy() {
        if (test instanceof Accuracy accuracy) {
            return accuracy;
        }
        throw new IllegalStateException(
                "the run " + name + " is not judged by the accuracy of classes, but by " + test.scoreName());
    }

    /** The baseline of linear probing, or null if it was not fitted. */
    public Baseline linear() {
        return baselines.get(LINEAR);
    }

    /** Returns what the baseline {@link #linear} is called: that of masks is trained as the run is. */
    public String linearName() {
        return test instanceof MaskQuality ? "linear head on the frozen backbone" : "linear probing";
    }

    /** Returns the result in a line: accuracy, that of linear probing, the method, what was trained. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: %s correct%s; %s on %s; trained %s of %,d parameters",
                name,
                test,
                linear() == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " (%s %.1f %%)",
                                linearName(),
                                100 * linear().test().score()),
                method,
                backbone,
                trainableParameters,
                backboneParameters);
    }
}
