package dev.inlay.benchmark;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.Order;
import dev.inlay.random.Key;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.Heads;
import dev.inlay.train.Learner;
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
import dev.inlay.tuning.method.Linear;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What a grid of linear probing costs beside one point of it: VPT's ten rates by four decays side by side, and a single one,
 * in turn on the same made-up features, in batches of 64. Processor time is that of all threads.
 *
 * <p>Arguments: rounds (5), examples (1000), numbers of a feature (192) and epochs (20).
 */
public final class LinearGrid {
    private static final int BATCH = 64;
    private static final int[] CLASSES = {10, 100};
    private static final double[] RATES = {50, 25, 10, 5, 2.5, 1, 0.5, 0.25, 0.1, 0.05};
    private static final double[] DECAYS = {0.01, 0.001, 0.0001, 0};

    private final VisionTransformer vit;
    private final Tensor features;
    private final int epochs;

    private LinearGrid(VisionTransformer vit, Tensor features, int epochs) {
        this.vit = vit;
        this.features = features;
        this.epochs = epochs;
    }

    public static void main(String[] arguments) {
        int rounds = argument(arguments, 0, 5);
        int size = argument(arguments, 1, 1000);
        int dim = argument(arguments, 2, 192);
        int epochs = argument(arguments, 3, 20);
        System.out.printf(
                "median (least) of %d rounds, %d examples, features of %d, %d epochs, %d threads%n",
                rounds, size, dim, epochs, torch.get_num_threads());
        System.out.printf(
                "%8s %8s %20s %20s %14s %22s%n",
                "", "classes", "one, s", "40 together, s", "40 / one", "by processor time");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = VitLoader.random("small", spec(dim), 0)) {
            Tensor features = Tensors.of(Initial.normal(Key.of(0, "features"), (long) size * dim, 0, 1), size, dim);
            LinearGrid grid = new LinearGrid(vit, features, epochs);
            for (int classes : CLASSES) {
                // VPT's rates are for SGD; AdamW takes a hundredth of them
                grid.compare("SGD", new SgdSpec(0.9, false), BATCH / 256.0, classes, rounds);
                grid.compare("AdamW", AdamWSpec.DEFAULT, BATCH / 256e2, classes, rounds);
            }
        }
    }

    private static int argument(String[] arguments, int i, int otherwise) {
        return arguments.length > i ? Integer.parseInt(arguments[i]) : otherwise;
    }

    /** Never run: what it gives is made up. */
    private static VitSpec spec(int dim) {
        return new VitSpec(16, 16, 16, dim, 1, 1, dim, 0, VitSpec.TIMM_EPS);
    }

    private void compare(String name, OptimizerSpec optimizer, double scale, int classes, int rounds) {
        List<TrainingSettings> grid = Arrays.stream(RATES)
                .boxed()
                .flatMap(rate -> DoubleStream.of(DECAYS).mapToObj(decay -> settings(optimizer, scale * rate, decay)))
                .toList();
        double[][] seconds = new double[2][rounds];
        double[][] processor = new double[2][rounds];
        try (Tuning tuning = new Tuning(vit, new Linear(), classes, 0)) {
            for (int round = -1; round < rounds; round++) { // the first is to warm up
                for (int i = 0; i < 2; i++) {
                    double start = System.nanoTime() * 1e-9;
                    double before = processorSeconds();
                    try (Learner learner = i == 0 ? new Trainer(tuning, grid.get(20)) : new Heads(tuning, grid)) {
                        train(learner, classes);
                    }
                    if (round >= 0) {
                        processor[i][round] = processorSeconds() - before;
                        seconds[i][round] = System.nanoTime() * 1e-9 - start;
                    }
                }
            }
        }
        System.out.printf(
                "%8s %8d %20s %20s %14.2f %22.2f%n",
                name,
                classes,
                shown(seconds[0]),
                shown(seconds[1]),
                median(seconds[1]) / median(seconds[0]),
                median(processor[1]) / median(processor[0]));
    }

    private TrainingSettings settings(OptimizerSpec optimizer, double rate, double decay) {
        return new TrainingSettings(
                epochs,
                BATCH,
                optimizer,
                decay,
                DecayRule.ALL_BUT_HEAD_BIAS,
                new CosineSchedule(rate, 0, epochs, 0, 0, Advance.PER_EPOCH),
                Double.POSITIVE_INFINITY,
                0,
                0,
                false,
                Precision.FLOAT32,
                0);
    }

    private void train(Learner learner, int classes) {
        int size = Math.toIntExact(features.size(0));
        int steps = (size + BATCH - 1) / BATCH;
        for (int epoch = 0; epoch < epochs; epoch++) {
            int[] order = Order.shuffled(0, epoch, size);
            for (int step = 0; step < steps; step++) {
                int[] rows = Arrays.copyOfRange(order, step * BATCH, Math.min((step + 1) * BATCH, size));
                try (PointerScope scope = new PointerScope()) {
                    Batch batch = new Batch(
                            rows,
                            features.index_select(0, Tensors.indices(rows)),
                            vit.steps(),
                            Tensors.indices(Arrays.stream(rows)
                                    .map(row -> row % classes)
                                    .toArray()));
                    learner.step(epoch, step, steps, rows.length, Optional.of(batch));
                }
            }
        }
    }

    private static double processorSeconds() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis() * 1e-3;
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }

    private static String shown(double[] seconds) {
        return "%.3f (%.3f)"
                .formatted(median(seconds), Arrays.stream(seconds).min().orElseThrow());
    }
}
