package dev.inlay.benchmark;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import dev.inlay.progress.Progress;
import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.train.FrozenPrefix;
import dev.inlay.train.Inputs;
import dev.inlay.train.ModelEvaluator;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Linear;
import dev.inlay.tuning.method.Partial;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * What it saves that frozen blocks run once: seconds of 100 epochs of training on what they gave, computing that included,
 * and of 3 epochs on the images, scaled to 100. On DeiT-Ti/16 with random weights at 224 × 224 pixels, batch 64.
 *
 * <p>Argument: images (1000).
 */
public final class FrozenBlocks {
    private static final int BATCH = 64;
    private static final int CLASSES = 100;
    private static final int EPOCHS = 100;
    private static final int MEASURED_EPOCHS = 3;

    private FrozenBlocks() {}

    public static void main(String[] arguments) {
        int size = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
        System.out.printf("%d images, batch %d, %d threads%n", size, BATCH, torch.get_num_threads());
        System.out.printf("%10s %14s %14s %14s %8s%n", "", "images, s", "kept, s", "of it once, s", "ratio");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit =
                        VitLoader.random("deit_tiny_patch16_224", VitVariants.of("deit_tiny_patch16_224"), 0)) {
            Examples examples = Noise.of(size, vit.height(), vit.width());
            for (TuningSpec spec : List.of(new Linear(), new Partial(1), new Partial(4))) {
                compare(vit, spec, examples);
            }
        }
    }

    private static void compare(VisionTransformer vit, TuningSpec spec, Examples examples) {
        double images = seconds(() -> train(vit, spec, Inputs.images(examples), MEASURED_EPOCHS));
        double scaled = images / MEASURED_EPOCHS * EPOCHS;
        try (Tuning tuning = new Tuning(vit, spec, CLASSES, 0);
                FrozenPrefix prefix = new FrozenPrefix(
                        vit, tuning.frozenSteps(), Long.MAX_VALUE, new ModelEvaluator(128, 2, Device.CPU))) {
            FrozenPrefix.Kept kept = prefix.keep(examples, "frozen blocks", Progress.NONE);
            double rest = seconds(() -> train(vit, spec, kept.inputs(), EPOCHS));
            double all = kept.seconds() + rest;
            System.out.printf(
                    "%10s %14.1f %14.1f %14.1f %8.1f%n", spec.method(), scaled, all, kept.seconds(), scaled / all);
        }
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) * 1e-9;
    }

    private static void train(VisionTransformer vit, TuningSpec spec, Inputs inputs, int epochs) {
        TrainingSettings settings = new TrainingSettings(
                epochs,
                BATCH,
                AdamWSpec.DEFAULT,
                1e-4,
                DecayRule.ALL_BUT_BIASES,
                new CosineSchedule(1e-3, 0, epochs, 0, 0, Advance.PER_STEP),
                Double.POSITIVE_INFINITY,
                0,
                0,
                false,
                Precision.FLOAT32,
                0);
        int size = inputs.examples().size();
        try (Tuning tuning = new Tuning(vit, spec, CLASSES, 0);
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

    /** A few pictures of nothing again and again, ready-made, so that reading them costs a copy. */
    private record Noise(int size, int height, int width, List<float[]> pictures) implements Examples {
        static Noise of(int size, int height, int width) {
            return new Noise(
                    size,
                    height,
                    width,
                    IntStream.range(0, 16)
                            .mapToObj(i -> Initial.normal(Key.of(i, "picture"), 3L * height * width, 0, 1))
                            .toList());
        }

        @Override
        public List<String> classNames() {
            return IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
        }

        @Override
        public int label(int i) {
            return i % CLASSES;
        }

        @Override
        public String id(int i) {
            return Integer.toString(i);
        }

        @Override
        public void read(int i, int epoch, float[] out, int offset) {
            float[] picture = pictures.get(i % pictures.size());
            System.arraycopy(picture, 0, out, offset, picture.length);
        }

        @Override
        public boolean repeats() {
            return true;
        }

        @Override
        public String fingerprint() {
            return "noise";
        }
    }
}
