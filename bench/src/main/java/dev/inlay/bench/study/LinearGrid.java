package dev.inlay.bench.study;

import dev.inlay.backbone.Backbone;
import dev.inlay.bench.BenchBackbones;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Order;
import dev.inlay.random.Key;
import dev.inlay.tensor.LibTorch;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.StackedHeads;
import dev.inlay.train.StepShare;
import dev.inlay.train.SteppedTraining;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.HeadOnly;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a grid of linear probing costs beside one point of it, on made-up features in batches of 64. */
@Command(
        name = "linear-grid",
        description = "VPT's ten rates by four decays of linear probing side by side, and a single point, in turn.")
public final class LinearGrid extends Study {
    private static final int BATCH = 64;
    private static final int[] CLASSES = {10, 100};
    private static final double[] RATES = {50, 25, 10, 5, 2.5, 1, 0.5, 0.25, 0.1, 0.05};
    private static final double[] DECAYS = {0.01, 0.001, 0.0001, 0};

    private static final String SPEC =
            """
            {"family": "vit", "height": 16, "width": 16, "patch": 16, "dim": %d, "depth": 1, "heads": 1, "hidden": %d}\
            """;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Turns of each; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--examples", paramLabel = "N", defaultValue = "1000", description = "Examples; ${DEFAULT-VALUE}.")
    private int size;

    @Option(
            names = "--dim",
            paramLabel = "N",
            defaultValue = "192",
            description = "Width of a feature; ${DEFAULT-VALUE}.")
    private int dim;

    @Option(names = "--epochs", paramLabel = "N", defaultValue = "20", description = "Epochs; ${DEFAULT-VALUE}.")
    private int epochs;

    @Override
    void measure() {
        print("%d examples, features of %d, %d epochs, %d threads", size, dim, epochs, LibTorch.threads());
        print(Turns.HEAD);
        try (PointerScope scope = new PointerScope();
                Backbone neverRun = BenchBackbones.random(SPEC.formatted(dim, dim))) {
            Tensor features = Tensors.of(Initial.normal(Key.of(0, "features"), (long) size * dim, 0, 1), size, dim);
            for (int classes : CLASSES) {
                // VPT's rates are for SGD; AdamW takes a hundredth of them
                compare("SGD", new SgdSpec(0.9, false), BATCH / 256.0, classes, neverRun, features);
                compare("AdamW", AdamWSpec.DEFAULT, BATCH / 256e2, classes, neverRun, features);
            }
        }
    }

    private void compare(
            String name, OptimizerSpec optimizer, double scale, int classes, Backbone backbone, Tensor features) {
        List<TrainingSettings> grid = Arrays.stream(RATES)
                .boxed()
                .flatMap(rate -> DoubleStream.of(DECAYS).mapToObj(decay -> settings(optimizer, scale * rate, decay)))
                .toList();
        try (Tuning tuning = new Tuning(backbone, new HeadOnly(), classes, 0)) {
            Map<String, Runnable> ways = new LinkedHashMap<>();
            String what = "%s, %d classes, ".formatted(name, classes);
            ways.put(what + "one", () -> train(new Trainer(tuning, grid.get(20)), classes, backbone, features));
            ways.put(what + "40 together", () -> train(new StackedHeads(tuning, grid), classes, backbone, features));
            Turns.measure(rounds, 1, ways).lines().forEach(this::print);
        }
    }

    private TrainingSettings settings(OptimizerSpec optimizer, double rate, double decay) {
        return TrainingSettings.builder(epochs, BATCH, new CosineSchedule(rate, 0, epochs, 0, 0, Advance.PER_EPOCH))
                .optimizer(optimizer)
                .decay(DecayRule.ALL_BUT_HEAD_BIAS, decay)
                .build();
    }

    private void train(SteppedTraining opened, int classes, Backbone backbone, Tensor features) {
        int steps = (size + BATCH - 1) / BATCH;
        try (SteppedTraining learner = opened) {
            for (int epoch = 0; epoch < epochs; epoch++) {
                int[] order = Order.shuffled(0, epoch, size);
                for (int step = 0; step < steps; step++) {
                    int[] rows = Arrays.copyOfRange(order, step * BATCH, Math.min((step + 1) * BATCH, size));
                    int[] labels = Arrays.stream(rows).map(row -> row % classes).toArray();
                    try (PointerScope scope = new PointerScope()) {
                        Batch batch = new Batch(
                                rows,
                                features.index_select(0, Tensors.indices(rows)),
                                backbone.steps(),
                                Tensors.indices(labels));
                        learner.step(epoch, step, steps, rows.length, StepShare.of(batch));
                    }
                }
            }
        }
    }
}
