package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.loading.Batch;
import dev.inlay.plan.Plan;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Training steps on one batch: AdamW, learning rate 10⁻³, weight decay 10⁻⁴ on matrices, no noise. */
final class StepWork implements Workload {
    private static final double LEARNING_RATE = 1e-3;
    private static final double WEIGHT_DECAY = 1e-4;

    private final Backbone backbone;
    private final Tuning tuning;
    private final Trainer trainer;
    private final Batch batch;
    private final long flops;
    private int steps;

    StepWork(Backbone backbone, BenchCase work, Optional<Plan> plan) {
        this.backbone = backbone;
        tuning = new Tuning(backbone, Methods.spec(work.settings(), plan), CLASSES, 0);
        TrainingSettings settings = TrainingSettings.builder(1, work.batch(), new ConstantSchedule(LEARNING_RATE))
                .decay(DecayRule.MATRICES, WEIGHT_DECAY)
                .recompute(work.recompute())
                .precision(work.precision())
                .build();
        trainer = new Trainer(tuning, settings);
        try (PointerScope scope = new PointerScope()) {
            Batch made = BenchImages.of(backbone, work.batch()).batch();
            batch = new Batch(made.indices(), Tensors.own(made.input()), Tensors.own(made.labels()));
        }
        flops = work.batch() * Flops.training(backbone, tuning.hooks());
        tuning.stepped(); // forgets the pass that was counted
    }

    @Override
    public double run() {
        try (PointerScope scope = new PointerScope()) {
            return trainer.step(0, steps++, Integer.MAX_VALUE, batch).loss();
        }
    }

    @Override
    public int images() {
        return batch.size();
    }

    @Override
    public long trainable() {
        return learned(tuning);
    }

    static long learned(Tuning tuning) {
        return tuning.trainables().values().stream()
                .filter(Trainable::isLearned)
                .mapToLong(trainable -> trainable.tensor().numel())
                .sum();
    }

    @Override
    public long flops() {
        return flops;
    }

    @Override
    public Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        backbone.parameters().forEach((name, tensor) -> state.put("backbone." + name, tensor));
        tuning.trainables().forEach((name, trainable) -> state.put("tuned." + name, trainable.tensor()));
        state.put("images", batch.input());
        return state;
    }

    @Override
    public void close() {
        Tensors.release(batch.input());
        Tensors.release(batch.labels());
        trainer.close();
        tuning.close();
        backbone.close();
    }
}
