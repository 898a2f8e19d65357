package dev.inlay.experiment;

import dev.inlay.config.RunConfig;
import dev.inlay.record.Accuracy;
import dev.inlay.record.Baseline;
import dev.inlay.record.ClassCount;
import dev.inlay.record.ConfusionRecord;
import dev.inlay.record.DataRecord;
import dev.inlay.record.FoldRecord;
import dev.inlay.record.Mistake;
import dev.inlay.record.PairedTest;
import dev.inlay.record.Phase;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SearchTrial;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * What the runs on all folds found together: every image is tested once, by the run that did not learn from it, and counts as
 * one image.
 */
final class PooledFolds {
    private final List<RunRecord> folds;
    private final RunRecord first;

    private PooledFolds(List<RunRecord> folds) {
        this.folds = folds;
        this.first = folds.get(0);
    }

    /**
     * @param config of the whole
     * @param folds in their order
     */
    static RunRecord of(RunConfig config, List<RunRecord> folds) {
        return new PooledFolds(folds).record(config);
    }

    private RunRecord record(RunConfig config) {
        ConfusionRecord confusion = confusion();
        List<Accuracy> tests = folds.stream().map(RunRecord::accuracy).toList();
        return new RunRecord(
                first.name(),
                first.method(),
                first.backbone(),
                data(confusion),
                pooled(tests, meanPerClass(confusion)),
                null,
                linear(),
                first.trainableParameters(),
                first.taskBytes(),
                first.backboneBytes(),
                first.backboneParameters(),
                seconds(),
                folds.stream()
                        .map(RunRecord::peakResidentBytes)
                        .filter(Objects::nonNull)
                        .max(Comparator.naturalOrder())
                        .orElse(null),
                List.of(),
                null,
                confusion,
                confusion.report(),
                null,
                folds.stream()
                        .flatMap(fold -> fold.mistakes().stream())
                        .sorted(Comparator.comparingDouble(Mistake::labelProbability))
                        .limit(folds.stream()
                                .mapToInt(fold -> fold.mistakes().size())
                                .max()
                                .orElse(0))
                        .toList(),
                List.of(),
                null,
                List.of(),
                null,
                List.of(),
                List.of(),
                IntStream.range(0, folds.size()).mapToObj(this::fold).toList(),
                folds.stream()
                        .flatMap(fold -> fold.warnings().stream())
                        .distinct()
                        .toList(),
                config.settings().json(),
                first.provenance());
    }

    private FoldRecord fold(int index) {
        RunRecord run = folds.get(index);
        return new FoldRecord(
                index + 1,
                CrossValidation.folder(index + 1),
                run.accuracy(),
                run.linear() == null ? null : run.linear().test().score(),
                run.chosenTrial().map(SearchTrial::settings).orElse(Map.of()));
    }

    /** Means of what folds are trained and validated on, and all that is tested on. */
    private DataRecord data(ConfusionRecord confusion) {
        List<ClassCount> classes = first.data().perClass();
        long test = sum(fold -> fold.data().test());
        return new DataRecord(
                first.data().name(),
                first.data().classes(),
                mean(fold -> fold.data().train()),
                mean(fold -> fold.data().validation()),
                test,
                first.data().skipped(),
                IntStream.range(0, classes.size())
                                .mapToLong(confusion::examples)
                                .max()
                                .orElse(0)
                        / (double) test,
                IntStream.range(0, classes.size())
                        .mapToObj(label -> new ClassCount(
                                classes.get(label).name(),
                                mean(fold -> fold.data().perClass().get(label).train()),
                                mean(fold -> fold.data().perClass().get(label).validation()),
                                sum(fold -> fold.data().perClass().get(label).test())))
                        .toList());
    }

    private long sum(ToLongFunction<RunRecord> count) {
        return folds.stream().mapToLong(count).sum();
    }

    private long mean(ToLongFunction<RunRecord> count) {
        return Math.round((double) sum(count) / folds.size());
    }

    /** Linear probing on all images; empty unless it was fitted for every fold. */
    private Map<String, Baseline> linear() {
        if (folds.stream().anyMatch(fold -> fold.linear() == null)) {
            return Map.of();
        }
        List<Accuracy> tests =
                folds.stream().map(fold -> (Accuracy) fold.linear().test()).toList();
        PairedTest paired = folds.stream().anyMatch(fold -> fold.linear().paired() == null)
                ? null
                : PairedTest.of(
                        sum(fold -> fold.linear().paired().onlyTask()),
                        sum(fold -> fold.linear().paired().onlyBaseline()));
        double meanPerClass = mean(tests, Accuracy::meanPerClass);
        return Map.of(RunRecord.LINEAR, new Baseline(pooled(tests, meanPerClass), List.of(), paired));
    }

    private static Accuracy pooled(List<Accuracy> tests, double meanPerClass) {
        return new Accuracy(
                mean(tests, Accuracy::top1),
                mean(tests, Accuracy::top5),
                meanPerClass,
                mean(tests, Accuracy::crossEntropy),
                tests.stream().mapToLong(Accuracy::examples).sum());
    }

    /** The mean over all images of what is a mean over those of each fold. */
    private static double mean(List<Accuracy> tests, ToDoubleFunction<Accuracy> value) {
        double sum = tests.stream()
                .mapToDouble(test -> value.applyAsDouble(test) * test.examples())
                .sum();
        return sum / tests.stream().mapToLong(Accuracy::examples).sum();
    }

    private static double meanPerClass(ConfusionRecord confusion) {
        return IntStream.range(0, confusion.classNames().size())
                .filter(label -> confusion.examples(label) > 0)
                .mapToDouble(label -> (double) confusion.count(label, label) / confusion.examples(label))
                .average()
                .orElse(0);
    }

    private ConfusionRecord confusion() {
        int classes = first.confusion().classNames().size();
        long[][] counts = new long[classes][classes];
        for (RunRecord fold : folds) {
            for (int label = 0; label < classes; label++) {
                for (int predicted = 0; predicted < classes; predicted++) {
                    counts[label][predicted] += fold.confusion().count(label, predicted);
                }
            }
        }
        return ConfusionRecord.of(first.confusion().classNames(), counts);
    }

    private Map<Phase, Double> seconds() {
        Map<Phase, Double> seconds = new EnumMap<>(Phase.class);
        folds.forEach(fold -> fold.seconds().forEach((phase, spent) -> seconds.merge(phase, spent, Double::sum)));
        return seconds;
    }
}
