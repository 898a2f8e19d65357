package dev.inlay.doctor;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.InlayException;
import dev.inlay.kernels.Kernels;
import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.StepResult;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.FullFineTuning;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;

/** Looks at the machine and what Inlay found on it. */
public final class Doctor {
    private static final String TESTED_PLATFORM = "linux-x86_64";
    private static final int EXAMPLES = 4;
    private static final int STEPS = 5;
    private static final int CLASSES = 2;

    private Doctor() {}

    /**
     * What was found, by name, for people: Java, system, platform, LibTorch, BLAS, threads, devices, cache, kernels, image formats.
     *
     * @throws InlayException if LibTorch cannot be loaded
     */
    public static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("java", System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")");
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("platform", platform());
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("javaHeap", Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB at most");
        facts.putAll(LibTorch.describe());
        facts.put("kernels", Kernels.describe() + ", " + Kernels.detail());
        facts.put("imageReaders", String.join(", ", ImageDecoder.formats()));
        return facts;
    }

    private static String platform() {
        String others = LibTorch.PLATFORMS.stream()
                .filter(platform -> !platform.equals(TESTED_PLATFORM))
                .collect(Collectors.joining(", "));
        return LibTorch.platform() + " (tested on " + TESTED_PLATFORM + "; natives also for " + others + ")";
    }

    /**
     * Trains a very small network with random weights for a few steps.
     *
     * @param device where
     * @return how long the last step took
     * @throws InlayException if the loss does not fall
     */
    public static Duration trainSteps(Device device) {
        TrainingSettings settings = TrainingSettings.builder(1, EXAMPLES, new ConstantSchedule(1e-2))
                .build();
        try (Backbone loaded = SmallNetwork.random();
                Backbone backbone = loaded.on(device);
                Tuning tuning = new Tuning(backbone, new FullFineTuning(), CLASSES, 0);
                Trainer trainer = new Trainer(tuning, settings);
                PointerScope scope = new PointerScope()) {
            Batch batch = noise(device, backbone.height(), backbone.width());
            double first = trainer.step(0, 0, STEPS, batch).loss();
            long begin = System.nanoTime();
            StepResult last = null;
            for (int step = 1; step < STEPS; step++) {
                begin = System.nanoTime();
                last = trainer.step(0, step, STEPS, batch);
            }
            Duration duration = Duration.ofNanos(System.nanoTime() - begin);
            if (!(last.loss() < first)) {
                throw new InlayException("training a very small network did not lower its loss: " + first + " before, "
                        + last.loss() + " after " + STEPS + " steps; this LibTorch does not compute right");
            }
            return duration;
        }
    }

    private static Batch noise(Device device, int height, int width) {
        SplittableRandom random = Key.of(0, "doctor").stream();
        float[] pixels = new float[EXAMPLES * 3 * height * width];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return new Batch(
                new int[] {0, 1, 2, 3},
                device.of(pixels, EXAMPLES, 3, height, width),
                device.of(new long[] {0, 1, 0, 1}, EXAMPLES));
    }
}
