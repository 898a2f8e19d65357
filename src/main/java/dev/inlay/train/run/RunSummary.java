package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.Examples;
import dev.inlay.data.source.Splits;
import dev.inlay.inference.ClassEvaluation;
import dev.inlay.inference.ConfusionCounts;
import dev.inlay.inference.EvaluatedExample;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.MaskEvaluation;
import dev.inlay.inputs.RunData;
import dev.inlay.plan.Plan;
import dev.inlay.record.BestOnTest;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.ClassCount;
import dev.inlay.record.ClassificationReport;
import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.DataRecord;
import dev.inlay.record.EpochRecord;
import dev.inlay.record.ImageIou;
import dev.inlay.record.MemberRecord;
import dev.inlay.record.Mistake;
import dev.inlay.record.Provenance;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import dev.inlay.record.SelectionRecord;
import dev.inlay.record.TrainableParameters;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.Averaging;
import dev.inlay.train.run.TrainingRunner.TrainedMember;
import dev.inlay.train.scores.Scores;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/** What a finished run says about itself: {@code metrics.json}. */
final class RunSummary {
    private static final int MISTAKES = 24;
    private static final int WORST_IMAGES = 8;
    private static final double MAX_OF_FIRST_STEP = 0.05;

    private final LoadedRun run;
    private final RunFolder folder;
    private final OptionalLong peakResidentBytes;

    /**
     * @param peakResidentBytes the most memory that the process held during the run; empty if that is not known
     */
    RunSummary(LoadedRun run, RunFolder folder, OptionalLong peakResidentBytes) {
        this.run = run;
        this.folder = folder;
        this.peakResidentBytes = peakResidentBytes;
    }

    /**
     * What an evaluation of classes says beside its quality; null or empty for other labels.
     *
     * @param chance top-1 of always answering the most frequent class
     */
    private record OfClasses(
            Double chance,
            ConfusionRecord confusion,
            ClassificationReport report,
            CalibrationRecord calibration,
            List<Mistake> mistakes,
            List<ImageIou> worstImages) {
        static OfClasses of(Evaluation test, Examples examples) {
            List<String> names = examples.classNames();
            if (test instanceof MaskEvaluation masks) {
                return new OfClasses(
                        null, masks.confusion(names), null, null, List.of(), worst(masks.images(), examples));
            }
            if (!(test instanceof ClassEvaluation classes)) {
                return new OfClasses(null, null, null, null, List.of(), List.of());
            }
            ConfusionRecord confusion = classes.confusion(names);
            return new OfClasses(
                    RunSummary.chance(classes),
                    confusion,
                    confusion.report(),
                    classes.calibration(),
                    worst(classes).stream()
                            .map(i -> mistake(i, classes.predictions().get(i), names, examples))
                            .toList(),
                    List.of());
        }
    }

    /** The test images of the lowest mean IoU, the lowest first; without those of which no pixel counts. */
    private static List<ImageIou> worst(List<MaskEvaluation.OfImage> images, Examples examples) {
        return IntStream.range(0, images.size())
                .filter(i -> !Double.isNaN(images.get(i).meanIou()))
                .mapToObj(i -> new ImageIou(i, examples.id(i), images.get(i).meanIou()))
                .sorted(Comparator.comparingDouble(ImageIou::meanIou))
                .limit(WORST_IMAGES)
                .toList();
    }

    /** The test examples that were wrong with the highest loss, worst first. */
    private static List<Integer> worst(ClassEvaluation test) {
        List<EvaluatedExample> predictions = test.predictions();
        return IntStream.range(0, predictions.size())
                .filter(i -> !predictions.get(i).correct())
                .boxed()
                .sorted(Comparator.comparingDouble(
                                (Integer i) -> predictions.get(i).crossEntropy())
                        .reversed())
                .limit(MISTAKES)
                .toList();
    }

    RunRecord record(
            Ensemble tuned,
            List<Plan> plans,
            Optional<Scores> scores,
            Optional<ProbeStage> probe,
            TrainingRunner.Trained trained,
            Path task) {
        RunConfig config = run.config();
        List<MemberRecord> members = members(tuned, trained);
        boolean several = members.size() > 1;
        SelectionRecord selection = members.get(0).selection();
        List<EpochRecord> curves = members.get(0).curves();
        Evaluation test = trained.test();
        Backbone backbone = run.backbone();
        RunData data = run.data();
        Splits<Examples> splits = run.splits();
        List<String> names = splits.test().classNames();
        OfClasses classes = OfClasses.of(test, splits.test());
        List<ClassCount> perClass = ClassBalance.counts(splits, config.train().withValidation());
        int learnedFrom = (config.train().withValidation() ? splits.trainAndValidation() : splits.train()).size();
        return new RunRecord(
                config.name(),
                config.method().name(),
                backbone.name(),
                new DataRecord(
                        config.data().source().getClass().getSimpleName().toLowerCase(Locale.ROOT),
                        names.size(),
                        learnedFrom,
                        splits.validation().size(),
                        splits.test().size(),
                        data.skipped(),
                        classes.chance(),
                        perClass),
                test.quality(),
                several ? null : bestOnTest(curves),
                probe.map(p -> Map.of(RunRecord.LINEAR, p.against(test))).orElse(Map.of()),
                parameters(tuned),
                size(task),
                Float.BYTES * backbone.parameterCount(),
                backbone.parameterCount(),
                folder.seconds(),
                peakResidentBytes.stream().boxed().findFirst().orElse(null),
                curves,
                several ? null : selection,
                classes.confusion(),
                classes.report(),
                classes.calibration(),
                classes.mistakes(),
                classes.worstImages(),
                plans.stream()
                        .findFirst()
                        .map(p -> AllocationStage.record(p, scores.orElse(null)))
                        .orElse(null),
                search(),
                folder.firstBlocks().isEmpty() ? null : FirstBlockStage.record(folder, splits),
                folder.repeats(),
                several ? members : List.of(),
                List.of(),
                warnings(tuned, learnedFrom, plans, members, trained, perClass),
                config.settings().json(),
                provenance());
    }

    /** The best epoch as the test split saw it, the first of equals; null if it was seen only once. */
    private static BestOnTest bestOnTest(List<EpochRecord> curves) {
        return curves.stream()
                .filter(epoch -> epoch.testTop1() != null)
                .max(Comparator.comparingDouble((EpochRecord epoch) -> epoch.testTop1())
                        .thenComparing(
                                Comparator.comparingInt(EpochRecord::epoch).reversed()))
                .map(best -> new BestOnTest(best.testTop1(), best.epoch()))
                .orElse(null);
    }

    private List<MemberRecord> members(Ensemble tuned, TrainingRunner.Trained trained) {
        List<MemberRecord> members = new ArrayList<>();
        for (TrainedMember member : trained.members()) {
            Tuning tuning = tuned.members().get(members.size());
            members.add(new MemberRecord(
                    member.training().spec().method(),
                    member.training().seed(),
                    (member.test() == null ? trained.test() : member.test()).quality(),
                    parameters(Ensemble.of(List.of(tuning))),
                    selection(run.config().train(), member),
                    member.curves()));
        }
        return members;
    }

    /** What the validation split decided; null where it was not asked. */
    private static SelectionRecord selection(TrainConfig config, TrainedMember trained) {
        return config.select() == TrainConfig.Select.LAST && config.patience() == 0
                ? null
                : new SelectionRecord(
                        config.select() == TrainConfig.Select.BEST
                                ? trained.best().epoch()
                                : trained.curves().size(),
                        trained.best().epoch(),
                        trained.best().validationTop1(),
                        trained.curves().size() < config.epochs());
    }

    private List<SearchTrial> search() {
        List<SearchTrial> trials = folder.search();
        int best = SearchStage.best(trials);
        return IntStream.range(0, trials.size())
                .mapToObj(i -> {
                    SearchTrial trial = trials.get(i);
                    return new SearchTrial(trial.settings(), trial.validationTop1(), trial.seconds(), i == best);
                })
                .toList();
    }

    private List<String> warnings(
            Ensemble tuned,
            int learnedFrom,
            List<Plan> plans,
            List<MemberRecord> members,
            TrainingRunner.Trained trained,
            List<ClassCount> perClass) {
        List<String> warnings = new ArrayList<>();
        plans.forEach(plan -> warnings.addAll(plan.notes()));
        warnings.addAll(run.data().warnings());
        warnings.addAll(ClassBalance.warnings(run.config().train(), trained.labels(), perClass));
        if (folder.machines().size() > 1) {
            warnings.add("the run was resumed under other conditions, so its numbers are not those of a run left"
                    + " alone bit for bit: " + String.join("; ", folder.machines()));
        }
        unlikeRanks().ifPresent(warnings::add);
        if (!folder.raised().isEmpty()) {
            warnings.add("train.epochs was raised " + String.join(", then ", folder.raised())
                    + ", so the learning rate did not move as in one run of so many epochs");
        }
        if (members.stream()
                .anyMatch(member ->
                        member.selection() != null && member.selection().epoch() == 0)) {
            warnings.add("no epoch was better on the validation images than the start of the training, so the result is"
                    + " the start; lower train.learningRate, or try another method");
        }
        warnings.addAll(cautions(run.config().train(), tuned, learnedFrom));
        if (run.config().train().calibrate() && trained.temperature() == 1) {
            warnings.add("train.calibrate: no temperature is best on the validation images, because all of them are"
                    + " classified correctly or the logits tell no more than chance; probabilities are those of the"
                    + " logits as they are");
        }
        return warnings;
    }

    /**
     * What a reader should know of a training before it begins.
     *
     * @param examples that it learns from
     */
    static List<String> cautions(TrainConfig config, Ensemble tuned, int examples) {
        List<String> cautions = new ArrayList<>();
        int perStep = config.batchSize() * config.accumulate();
        tuned.trainables().values().stream()
                .filter(trainable -> config.accumulate() > 1 && !trainable.isLearned())
                .findFirst()
                .ifPresent(statistic -> cautions.add("train.accumulate: " + statistic.name()
                        + " is a statistic of each batch of " + config.batchSize() + " images, so "
                        + config.accumulate() + " accumulated batches are not the same as one of " + perStep));
        long steps = (long) config.epochs() * ((examples + perStep - 1) / perStep);
        double start = new Averaging(config.ema(), config.emaWarmup()).partOfFirstStep(steps);
        if (start > MAX_OF_FIRST_STEP) {
            cautions.add(String.format(
                    Locale.ROOT,
                    "train.ema: after %,d steps, %.0f %% of the average is still what the first step had learned;"
                            + " set train.emaWarmup: true, a smaller train.ema or more train.epochs",
                    steps,
                    100 * start));
        }
        return cautions;
    }

    private Optional<String> unlikeRanks() {
        if (folder.ranks().size() > 1) {
            return Optional.of("the ranks of the run were on other machines when it was resumed, so its numbers are not"
                    + " those of a run left alone bit for bit: " + folder.ranks());
        }
        boolean alike = folder.ranks().stream()
                .allMatch(machines -> Set.copyOf(machines).size() == 1);
        return alike
                ? Optional.empty()
                : Optional.of("the ranks were on unlike machines, so the last bits of the numbers depend on which rank"
                        + " was where: " + folder.ranks().get(0));
    }

    /** The parameters of all members. */
    static TrainableParameters parameters(Ensemble tuned) {
        return TrainableParameters.ofParts(
                tuned.count(Trainable.Role.HEAD),
                tuned.count(Trainable.Role.BACKBONE),
                tuned.count(Trainable.Role.MODULE),
                tuned.count(Trainable.Role.VECTOR),
                tuned.count(Trainable.Role.SPARSE),
                tuned.count(Trainable.Role.CLASS_TOKEN));
    }

    /** The share of the most frequent class. */
    private static double chance(ClassEvaluation test) {
        ConfusionCounts counts = test.confusion();
        return (double) IntStream.range(0, counts.classes())
                        .map(counts::examples)
                        .max()
                        .orElseThrow()
                / test.examples();
    }

    private static Mistake mistake(int index, EvaluatedExample prediction, List<String> names, Examples examples) {
        return new Mistake(
                index,
                examples.id(index),
                names.get(prediction.label()),
                names.get(prediction.predicted()),
                prediction.probability(),
                Math.exp(-prediction.crossEntropy()));
    }

    private Provenance provenance() {
        Map<String, String> facts = LibTorch.describe();
        Map<String, String> fingerprints = new LinkedHashMap<>();
        fingerprints.put("backbone", run.backbone().fingerprint());
        fingerprints.put("train", run.data().splits().train().fingerprint());
        fingerprints.put("test", run.data().splits().test().fingerprint());
        fingerprints.put("data", run.data().contents().hash());
        return new Provenance(
                InlayVersion.inlay(),
                System.getProperty("java.version"),
                facts.get("libtorch"),
                facts.get("blas"),
                run.backbone().device().toString(),
                LibTorch.threads(),
                run.backbone().precision().toString(),
                facts.get("cpuCapability"),
                folder.ranks().isEmpty()
                        ? List.of()
                        : folder.ranks().get(folder.ranks().size() - 1),
                folder.started(),
                folder.resumed(),
                Map.of("run", run.config().seed()),
                fingerprints);
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
