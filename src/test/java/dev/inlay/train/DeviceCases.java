package dev.inlay.train;

import dev.inlay.backbone.Backbone;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.ConfigurableMethod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;

/** Every method on a backbone of every family that takes it, and a plan with individual weights: what must work on any device. */
record DeviceCases(String family, String method) {
    static final int CLASSES = 3;
    static final int SIZE = 4;
    static final String PLANNED = "spt";

    private static final int STEPS = 3;

    /** What a few steps came to. */
    record Outcome(List<Double> losses, Map<String, float[]> tuned) {}

    static Stream<DeviceCases> all() {
        List<DeviceCases> cases = new ArrayList<>(List.of(new DeviceCases("vit", PLANNED)));
        for (String family : List.of("vit", "swin", "convnext")) {
            try (Backbone backbone = backbone(family)) {
                for (ConfigurableMethod method : ConfigurableMethod.all()) {
                    DeviceCases made = new DeviceCases(family, method.name());
                    if (made.isPossible(backbone)) {
                        cases.add(made);
                    }
                }
            }
        }
        return cases.stream();
    }

    private boolean isPossible(Backbone backbone) {
        try (Tuning tuning = tuning(backbone)) {
            return true;
        } catch (ConfigException e) {
            return false; // the family has no place for the method
        }
    }

    static Backbone backbone(String family) {
        return switch (family) {
            case "swin" -> Golden.swin("swin");
            case "convnext" -> Golden.convnext();
            default -> SmallTraining.backbone();
        };
    }

    Backbone backbone() {
        return backbone(family);
    }

    Tuning tuning(Backbone backbone) {
        return new Tuning(backbone, spec(), CLASSES, 5);
    }

    private TuningSpec spec() {
        if (method.equals(PLANNED)) {
            return SmallTraining.spec();
        }
        String keys =
                switch (method) {
                    case "sum" -> ", of: [{type: lora}, {type: bias}]";
                    case "pad" -> ", pixels: 2";
                    default -> "";
                };
        RunConfig config = RunConfig.parse("method: {type: " + method + keys + "}", Path.of("/configs"), List.of());
        return ((MethodConfig.Stated) config.method()).spec();
    }

    static Batch batch(Backbone backbone) {
        int height = backbone.height();
        int width = backbone.width();
        float[] pixels = Initial.normal(Key.of(1, "images"), SIZE * 3L * height * width, 0, 1);
        return new Batch(
                new int[] {0, 1, 2, 3},
                backbone.device().of(pixels, SIZE, 3, height, width),
                backbone.device().of(new long[] {0, 2, 1, 1}, SIZE));
    }

    /** A few steps on a device. */
    Outcome trained(Device device, Precision precision, boolean recompute) {
        TrainingSettings settings = TrainingSettings.builder(1, SIZE, new ConstantSchedule(1e-3))
                .decay(DecayRule.MATRICES, 1e-2)
                .clipNorm(1.0)
                .loss(new CrossEntropy(0.1))
                .dropPath(0.1)
                .recompute(recompute)
                .precision(precision)
                .seed(11)
                .build();
        try (PointerScope scope = new PointerScope();
                Backbone loaded = backbone();
                Backbone backbone = loaded.on(device);
                Tuning tuning = tuning(backbone);
                Trainer trainer = new Trainer(tuning, settings)) {
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                losses.add(trainer.step(0, step, STEPS, batch(backbone)).loss());
            }
            Map<String, float[]> tuned = new LinkedHashMap<>();
            tuning.trainables().forEach((name, trainable) -> tuned.put(name, Tensors.floats(trainable.tensor())));
            return new Outcome(losses, tuned);
        }
    }
}
