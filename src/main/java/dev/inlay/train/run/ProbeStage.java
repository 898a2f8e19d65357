package dev.inlay.train.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Pass;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.data.Examples;
import dev.inlay.data.source.Splits;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.inference.Evaluation;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.record.Accuracy;
import dev.inlay.record.Baseline;
import dev.inlay.record.Regularisation;
import dev.inlay.train.probe.LabelledFeatures;
import dev.inlay.train.probe.LinearHead;
import dev.inlay.train.probe.LinearProbe;
import dev.inlay.train.probe.ProbeResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;

/**
 * Linear probing on features of the bare backbone, computed once: the strength of regularisation is chosen on the
 * validation split, the head refitted on train and validation.
 *
 * @param head the fitted head
 * @param baseline its accuracy
 */
record ProbeStage(LinearHead head, Baseline baseline) {
    private static final String BASELINE = "inlay.baseline";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Fits a probe.
     *
     * @param file keeps it
     */
    static ProbeStage fit(
            Backbone backbone, Splits<Examples> splits, InferenceLoop loop, Path file, Progress progress) {
        try (PointerScope scope = new PointerScope()) {
            LabelledFeatures train = features(backbone, splits.train(), loop, "features of train", progress);
            LabelledFeatures validation =
                    features(backbone, splits.validation(), loop, "features of validation", progress);
            LabelledFeatures test = features(backbone, splits.test(), loop, "features of test", progress);
            ProbeResult result = LinearProbe.DEFAULT.fit(train, validation);
            List<Regularisation> tried = result.trials().stream()
                    .map(trial -> new Regularisation(
                            trial.strength(), trial.validationTop1(), trial.strength() == result.strength()))
                    .toList();
            ProbeStage probe = new ProbeStage(
                    result.head(), new Baseline(accuracy(result.head().evaluate(test)), tried));
            probe.write(file);
            return probe;
        }
    }

    /** The head of a probe that nothing keeps. */
    static LinearHead head(Backbone backbone, Splits<Examples> splits, InferenceLoop loop, Progress progress) {
        try (PointerScope scope = new PointerScope()) {
            return LinearProbe.DEFAULT
                    .fit(
                            features(backbone, splits.train(), loop, "features of train", progress),
                            features(backbone, splits.validation(), loop, "features of validation", progress))
                    .head();
        }
    }

    /** An evaluation as it is recorded. */
    static Accuracy accuracy(Evaluation evaluation) {
        return new Accuracy(
                evaluation.top1(),
                evaluation.top5(),
                evaluation.meanPerClass(),
                evaluation.crossEntropy(),
                evaluation.examples());
    }

    private static LabelledFeatures features(
            Backbone backbone, Examples examples, InferenceLoop loop, String name, Progress progress) {
        return LabelledFeatures.of(
                loop, images -> backbone.features(images, Pass.BARE), backbone.embedDim(), examples, name, progress);
    }

    private void write(Path file) {
        try {
            SafeTensorsWriter.write(
                    file,
                    List.of(
                            TensorEntry.floats("head.weight", head.weight(), head.classes(), head.dim()),
                            TensorEntry.floats("head.bias", head.bias(), head.classes())),
                    Map.of(BASELINE, JSON.writeValueAsString(baseline)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The probe that a file keeps. */
    static ProbeStage read(Path file) {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            return new ProbeStage(
                    new LinearHead(stored.floats("head.weight"), stored.floats("head.bias")),
                    JSON.readValue(stored.metadata().getOrDefault(BASELINE, ""), Baseline.class));
        } catch (JsonProcessingException e) {
            throw new DataException(
                    JsonFault.in(file + ": metadata " + BASELINE, "the record of a linear probe", e), e);
        }
    }
}
