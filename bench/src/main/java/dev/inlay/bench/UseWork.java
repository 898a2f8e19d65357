package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.plan.Plan;
import dev.inlay.progress.Progress;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Prediction;
import dev.inlay.task.TaskInfo;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Device;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A tuned model over two batches of examples: evaluated, or asked for predictions. */
final class UseWork implements Workload {
    private static final int BATCHES = 2;
    private static final int READERS = 2;

    private final Backbone backbone;
    private final Stage stage;
    private final TunedModel model;
    private final InferenceLoop evaluator;
    private final BenchImages examples;
    private final int batch;
    private final long trainable;
    private final long flops;

    UseWork(Backbone backbone, BenchCase work, Optional<Plan> plan) {
        this.backbone = backbone;
        stage = work.stage();
        batch = work.batch();
        evaluator = new InferenceLoop(batch, READERS, Device.CPU);
        examples = BenchImages.of(backbone, BATCHES * batch);
        TuningSpec spec = Methods.spec(work.settings(), plan);
        Tuning tuning = new Tuning(backbone, spec, CLASSES, 0);
        trainable = StepWork.learned(tuning);
        flops = examples.size() * Flops.inference(backbone, tuning.hooks());
        TaskInfo info = new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                examples.classNames(),
                Optional.empty(),
                new TreeMap<>(),
                new TreeMap<>());
        model = new TunedModel(info, tuning);
    }

    @Override
    public double run() {
        if (stage == Stage.EVALUATION) {
            return evaluator
                    .evaluate(model::logits, examples, "evaluation", Progress.NONE)
                    .loss();
        }
        List<Prediction> predictions = new ArrayList<>();
        model.predict(examples, batch, Progress.NONE, predictions::add);
        return predictions.stream().mapToDouble(Prediction::score).average().orElseThrow();
    }

    @Override
    public int images() {
        return examples.size();
    }

    @Override
    public long trainable() {
        return trainable;
    }

    @Override
    public long flops() {
        return flops;
    }

    @Override
    public void close() {
        model.close();
        backbone.close();
    }
}
