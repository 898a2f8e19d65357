package dev.inlay.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Pass;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.source.Splits;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.inference.ClassEvaluation;
import dev.inlay.inference.EvaluatedExample;
import dev.inlay.inference.Evaluation;
import dev.inlay.progress.Progress;
import dev.inlay.record.Baseline;
import dev.inlay.record.PairedTest;
import dev.inlay.record.Regularisation;
import dev.inlay.train.probe.LabelledFeatures;
import dev.inlay.train.probe.LinearHead;
import dev.inlay.train.probe.LinearProbe;
import dev.inlay.train.probe.ProbeResult;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;

/**
 * Linear probing on features of the bare backbone, computed once: the strength of regularisation is chosen on the
 * validation split, the head refitted on train and validation.
 *
 * @param heads the fitted heads; null where images have masks
 * @param baseline the accuracy of the one fitted to all; null where only heads start from it
 * @param predicted the class of each test example as that one predicts it; empty where the test split was not asked for
 */
record ProbeStage(Heads heads, Baseline baseline, List<Integer> predicted) {
    private static final String BASELINE = "inlay.baseline";
    private static final String PREDICTED = "inlay.predicted";
    private static final String ALL = "head.";
    private static final String TRAIN = "trainHead.";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * The same λ on different images.
     *
     * @param all fitted to train and validation
     * @param train fitted to train alone
     */
    record Heads(LinearHead all, LinearHead train) {
        private static Heads of(ProbeResult result) {
            return new Heads(result.head(), result.trainHead());
        }

        /**
         * Fits heads that trainings start from.
         *
         * @param features computes those of a split
         */
        static Heads fit(LoadedRun run, Function<Examples, LabelledFeatures> features) {
            Splits<Examples> splits = run.splits();
            try (PointerScope scope = new PointerScope()) {
                LabelledFeatures train = features.apply(
                        HeadStart.share(splits.train(), run.config().seed()));
                if (!run.hasOwnValidation()) {
                    LinearHead head = probe(run).fit(train);
                    return new Heads(head, head);
                }
                return of(probe(run).fit(train, features.apply(splits.validation())));
            }
        }
    }

    /** Fits a probe, and measures it on the test split. */
    static ProbeStage fit(LoadedRun run, Progress progress) {
        Splits<Examples> splits = run.splits();
        try (PointerScope scope = new PointerScope()) {
            LabelledFeatures train = features(run, splits.train(), "features of train", progress);
            LabelledFeatures validation = features(run, splits.validation(), "features of validation", progress);
            LabelledFeatures test = features(run, splits.test(), "features of test", progress);
            ProbeResult result = probe(run).fit(train, validation);
            List<Regularisation> tried = result.trials().stream()
                    .map(trial -> new Regularisation(
                            trial.strength(), trial.validationTop1(), trial.strength() == result.strength()))
                    .toList();
            Evaluation tested = result.head().evaluate(test);
            return new ProbeStage(
                    Heads.of(result),
                    new Baseline(tested.quality(), tried, null),
                    tested instanceof ClassEvaluation classes
                            ? classes.predictions().stream()
                                    .map(EvaluatedExample::predicted)
                                    .toList()
                            : List.of());
        }
    }

    /** Fits a probe that only heads start from. */
    static ProbeStage fitStart(LoadedRun run, Progress progress) {
        Function<Examples, LabelledFeatures> features = examples -> features(run, examples, "features", progress);
        return new ProbeStage(Heads.fit(run, features), null, List.of());
    }

    /** Its accuracy, beside that of the task on the same test split. */
    Baseline against(Evaluation task) {
        if (!(task instanceof ClassEvaluation classes) || predicted.size() != classes.examples()) {
            return baseline;
        }
        long onlyTask = 0;
        long onlyBaseline = 0;
        for (int i = 0; i < predicted.size(); i++) {
            EvaluatedExample example = classes.predictions().get(i);
            boolean probed = predicted.get(i) == example.label();
            onlyTask += example.correct() && !probed ? 1 : 0;
            onlyBaseline += probed && !example.correct() ? 1 : 0;
        }
        return new Baseline(baseline.test(), baseline.regularisations(), PairedTest.of(onlyTask, onlyBaseline));
    }

    /** The head of a probe that nothing keeps. */
    static LinearHead head(LoadedRun run, Progress progress) {
        Splits<Examples> splits = run.splits();
        try (PointerScope scope = new PointerScope()) {
            return probe(run)
                    .fit(
                            features(run, splits.train(), "features of train", progress),
                            features(run, splits.validation(), "features of validation", progress))
                    .head();
        }
    }

    /** A probe of what the run's training minimises, without label smoothing. */
    private static LinearProbe probe(LoadedRun run) {
        List<String> classNames = run.splits().train().classNames();
        return LinearProbe.DEFAULT.weighted(
                images -> TrainingSettingsFactory.fitWeights(run.config().train(), classNames, images));
    }

    private static LabelledFeatures features(LoadedRun run, Examples examples, String name, Progress progress) {
        return LabelledFeatures.of(
                run.inference(),
                batch -> run.backbone().features(batch.input(), Pass.BARE),
                run.backbone().embedDim(),
                Inputs.images(examples),
                name,
                progress);
    }

    /** Keeps it in a file. */
    void write(Path file) {
        try {
            SafeTensorsWriter.write(
                    file,
                    heads == null
                            ? List.of()
                            : Stream.of(entries(ALL, heads.all), entries(TRAIN, heads.train))
                                    .flatMap(List::stream)
                                    .toList(),
                    Map.of(BASELINE, JSON.writeValueAsString(baseline), PREDICTED, JSON.writeValueAsString(predicted)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<TensorEntry> entries(String prefix, LinearHead head) {
        return List.of(
                TensorEntry.floats(prefix + "weight", head.weight(), head.classes(), head.dim()),
                TensorEntry.floats(prefix + "bias", head.bias(), head.classes()));
    }

    private static LinearHead head(String prefix, SafeTensorsFile stored) {
        return new LinearHead(stored.floats(prefix + "weight"), stored.floats(prefix + "bias"));
    }

    /** The probe that a file keeps; an earlier version, whose heads never started from it, kept one head. */
    static ProbeStage read(Path file) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            return new ProbeStage(
                    stored.names().isEmpty()
                            ? null
                            : new Heads(
                                    head(ALL, stored),
                                    head(stored.names().contains(TRAIN + "weight") ? TRAIN : ALL, stored)),
                    JSON.readValue(stored.metadata().getOrDefault(BASELINE, ""), Baseline.class),
                    Arrays.stream(JSON.readValue(stored.metadata().getOrDefault(PREDICTED, "[]"), int[].class))
                            .boxed()
                            .toList());
        } catch (JsonProcessingException e) {
            throw new DataException(
                    JsonFault.in(file + ": metadata " + BASELINE, "the record of a linear probe", e), e);
        }
    }
}
