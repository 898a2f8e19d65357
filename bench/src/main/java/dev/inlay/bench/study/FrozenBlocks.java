package dev.inlay.bench.study;

import dev.inlay.backbone.Backbone;
import dev.inlay.bench.BenchBackbones;
import dev.inlay.bench.BenchImages;
import dev.inlay.bench.Rounds;
import dev.inlay.bench.Workload;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Order;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.FrozenPrefix;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Partial;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What it saves that frozen blocks run once: seconds of 100 epochs of training on what they gave, computing that included,
 * and of 3 epochs on the images, scaled to 100.
 */
@Command(
        name = "frozen-blocks",
        description =
                "100 epochs on DeiT-Ti/16, batch 64, with what frozen blocks give kept, and computed in every epoch"
                        + " (three epochs, scaled).")
public final class FrozenBlocks extends Study {
    private static final int BATCH = 64;
    private static final int EPOCHS = 100;
    private static final int MEASURED_EPOCHS = 3;

    @Option(names = "--images", paramLabel = "N", defaultValue = "1000", description = "Images; ${DEFAULT-VALUE}.")
    private int images;

    @Override
    void measure() {
        print("%d images, batch %d, %d threads", images, BATCH, LibTorch.threads());
        print("%10s %14s %14s %14s %8s", "", "images, s", "kept, s", "of it once, s", "ratio");
        try (Backbone vit = BenchBackbones.random("deit_tiny_patch16_224")) {
            Examples examples = BenchImages.of(vit, 16).repeated(images);
            for (TuningSpec spec : List.of(new HeadOnly(), new Partial(1), new Partial(4))) {
                compare(vit, spec, examples);
            }
        }
    }

    private void compare(Backbone vit, TuningSpec spec, Examples examples) {
        double fromImages = seconds(() -> train(vit, spec, Inputs.images(examples), MEASURED_EPOCHS));
        double scaled = fromImages / MEASURED_EPOCHS * EPOCHS;
        try (Tuning tuning = new Tuning(vit, spec, Workload.CLASSES, 0);
                FrozenPrefix prefix = new FrozenPrefix(
                        vit, tuning.frozenSteps(), Long.MAX_VALUE, new InferenceLoop(128, 2, Device.CPU))) {
            FrozenPrefix.Kept kept = prefix.keep(examples, "frozen blocks", Progress.NONE);
            double rest = seconds(() -> train(vit, spec, kept.inputs(), EPOCHS));
            double all = kept.seconds() + rest;
            print("%10s %14.1f %14.1f %14.1f %8.1f", spec.method(), scaled, all, kept.seconds(), scaled / all);
        }
    }

    private static double seconds(Runnable work) {
        return Rounds.measure(
                        1,
                        () -> {
                            work.run();
                            return 0;
                        },
                        1)
                .median();
    }

    private static void train(Backbone vit, TuningSpec spec, Inputs inputs, int epochs) {
        TrainingSettings settings = TrainingSettings.builder(
                        epochs, BATCH, new CosineSchedule(1e-3, 0, epochs, 0, 0, Advance.PER_STEP))
                .decay(DecayRule.ALL_BUT_BIASES, 1e-4)
                .build();
        int size = inputs.examples().size();
        try (Tuning tuning = new Tuning(vit, spec, Workload.CLASSES, 0);
                Trainer trainer = new Trainer(tuning, settings);
                BatchSource source = inputs.batches(BATCH, 2, Device.CPU)) {
            int steps = (size + BATCH - 1) / BATCH;
            for (int epoch = 0; epoch < epochs; epoch++) {
                try (Batches batches = source.read(Order.shuffled(0, epoch, size), epoch, 0)) {
                    for (int step = 0; batches.hasNext(); step++) {
                        try (PointerScope scope = new PointerScope()) {
                            trainer.step(epoch, step, steps, batches.next());
                        }
                    }
                }
            }
        }
    }
}
