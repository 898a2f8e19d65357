package dev.inlay.serve;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.random.Key;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Task files and what their tasks compute alone. */
public final class ServedTasks {
    private ServedTasks() {}

    /** A transform with every number of its own. */
    public static ImageTransform transform(Backbone backbone, double mean) {
        return ImageTransform.direct(
                backbone.height(),
                backbone.width(),
                new Normalization(List.of(mean, mean, mean), List.of(0.5, 0.25, 0.2)),
                ExifOrientation.APPLY);
    }

    /** Writes a task whose classes are called {@code class <label> of <seed>}. */
    public static Path write(Path file, Backbone backbone, TuningSpec spec, int classes, long seed) {
        return write(file, backbone, spec, classes, seed, Optional.of(transform(backbone, 0.5)));
    }

    /** Writes a task with trained-like numbers. */
    public static Path write(
            Path file, Backbone backbone, TuningSpec spec, int classes, long seed, Optional<ImageTransform> transform) {
        List<String> names = IntStream.range(0, classes)
                .mapToObj(label -> "class " + label + " of " + seed)
                .toList();
        return write(file, backbone, spec, LabelSpace.oneOf(names), seed, transform);
    }

    /** Writes a task of any labels with trained-like numbers. */
    public static Path write(
            Path file,
            Backbone backbone,
            TuningSpec spec,
            LabelSpace labels,
            long seed,
            Optional<ImageTransform> transform) {
        TaskInfo info = new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                labels,
                transform,
                new TreeMap<>(),
                new TreeMap<>(),
                temperature(seed));
        try (PointerScope scope = new PointerScope();
                Ensemble tuned = Ensemble.of(spec.members().stream()
                        .map(member -> disturbed(backbone, member, labels.size(), seed))
                        .toList())) {
            TaskFile.write(file, info, tuned);
        }
        return file;
    }

    private static Tuning disturbed(Backbone backbone, TuningSpec spec, int outputs, long seed) {
        Tuning tuning = new Tuning(backbone, spec, outputs, seed);
        SmallTuning.disturb(tuning);
        tuning.stepped();
        return tuning;
    }

    /** The temperature of a task that was written with this seed. */
    static double temperature(long seed) {
        return 1 + seed / 8.0;
    }

    public static float[] image(Backbone backbone, long number) {
        return Initial.normal(Key.of(number, "image"), 3L * backbone.height() * backbone.width(), 0, 1);
    }

    /** The logits of one image by its task alone. */
    static float[] alone(Path task, Backbone backbone, float[] image) {
        try (PointerScope scope = new PointerScope();
                TunedModel model = TunedModel.open(task, backbone)) {
            return Tensors.floats(model.logits(Tensors.of(image, 1, 3, backbone.height(), backbone.width())));
        }
    }

    /** The features of one image by its task alone. */
    static float[] embedding(Path task, Backbone backbone, float[] image) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Tuning tuning = TaskFile.read(task).attach(backbone)) {
            Tensor pixels = Tensors.of(image, 1, 3, backbone.height(), backbone.width());
            return Tensors.floats(tuning.features(pixels, Dropout.NONE, 0));
        }
    }

    /** How far two vectors are from each other at most, as a share of the largest number; infinite for other lengths. */
    static double off(float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            return Double.POSITIVE_INFINITY;
        }
        double off = 0;
        double largest = 1;
        for (int i = 0; i < expected.length; i++) {
            off = Math.max(off, Math.abs(actual[i] - expected[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return off / largest;
    }
}
