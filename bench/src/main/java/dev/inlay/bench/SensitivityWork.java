package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.config.SensitivityConfig;
import dev.inlay.data.loading.Batch;
import dev.inlay.random.Key;
import dev.inlay.sensitivity.Scorer;
import dev.inlay.sensitivity.ScoringOptions;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Stage 1 on one batch, in evaluation mode with a random head. */
final class SensitivityWork implements Workload {
    private static final double HEAD_STD = 0.02;

    private final Backbone backbone;
    private final Scorer scorer;
    private final Batch batch;
    private final long flops;

    SensitivityWork(Backbone backbone, BenchCase work) {
        this.backbone = backbone;
        float[] weight =
                Initial.normal(Key.of(0, "bench").at("head"), (long) CLASSES * backbone.embedDim(), 0, HEAD_STD);
        scorer = new Scorer(
                backbone,
                new Classifier(weight, new float[CLASSES]),
                options(Methods.sensitivity(work.settings())),
                tunable -> Scorer.CANDIDATES.contains(tunable.kind()),
                0);
        try (PointerScope scope = new PointerScope()) {
            Batch made = BenchImages.of(backbone, work.batch()).batch();
            batch = new Batch(made.indices(), Tensors.own(made.input()), Tensors.own(made.labels()));
        }
        flops = work.batch() * Flops.training(backbone, scored(backbone));
    }

    private static ScoringOptions options(SensitivityConfig config) {
        return new ScoringOptions(config.memory(), config.microBatch(), false, 0);
    }

    /** A pass in which everything that is scored has a gradient. */
    private static ForwardHooks scored(Backbone backbone) {
        Set<String> scored = backbone.tunableParameters().stream()
                .filter(tunable -> Scorer.CANDIDATES.contains(tunable.kind()))
                .map(tunable -> tunable.parameter())
                .collect(Collectors.toSet());
        return new ForwardHooks() {
            @Override
            public Tensor parameter(String name, Tensor base) {
                return scored.contains(name) ? base.detach().set_requires_grad(true) : base;
            }
        };
    }

    @Override
    public double run() {
        try (PointerScope scope = new PointerScope()) {
            return scorer.add(batch);
        }
    }

    @Override
    public int images() {
        return batch.size();
    }

    @Override
    public long trainable() {
        return 0;
    }

    @Override
    public long flops() {
        return flops;
    }

    @Override
    public void close() {
        scorer.close();
        Tensors.release(batch.input());
        Tensors.release(batch.labels());
        backbone.close();
    }
}
