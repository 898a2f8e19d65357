package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.SpecJson;
import dev.inlay.checkpoint.StoredTensors;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.SafeTensorsWriter;
import dev.inlay.checkpoint.safetensors.TensorEntry;
import dev.inlay.data.LabelSpace;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.random.Key;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Sum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The JVM's side of {@code scripts/interop}: {@code write DIR} puts a folder per backbone there, with weights, images, and a
 * task and its logits for every method; {@code check DIR} holds what Python left there to Python's logits.
 *
 * <pre>
 * DIR/BACKBONE/spec.json, weights.safetensors, images.safetensors
 * DIR/BACKBONE/jvm/CASE.safetensors, CASE.logits       written here, read by Python
 * DIR/BACKBONE/onnx/CASE/exported/model.onnx           every method that merges, its task and logits beside the folder
 * DIR/BACKBONE/same/CASE.safetensors                   the same as Python writes it: the same bytes
 * DIR/BACKBONE/python/CASE.safetensors, CASE.logits    tasks made by Python
 * DIR/BACKBONE/wrong/CASE.safetensors, CASE.logits     two tensors exchanged: the logits must differ
 * </pre>
 */
public final class InteropMain {
    private static final List<String> CLASS_NAMES = List.of("ash", "Bärlauch", "\"quoted\" fern", "sea, weed", "苔");
    private static final String TASK = ".safetensors";
    private static final String LOGITS = ".logits";
    private static final double TOLERANCE = 1e-4;
    private static final int IMAGES = 3;

    private InteropMain() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        for (InteropCases cases : InteropCases.all()) {
            for (String name : cases.backbones().keySet()) {
                try (PointerScope scope = new PointerScope();
                        Backbone backbone = cases.backbone(name)) {
                    if (arguments[0].equals("write")) {
                        write(folder.resolve(name), backbone, cases.specs());
                    } else {
                        check(folder.resolve(name), backbone);
                    }
                }
            }
        }
    }

    private static void write(Path folder, Backbone backbone, Map<String, TuningSpec> specs) throws IOException {
        Path jvm = Files.createDirectories(folder.resolve("jvm"));
        Files.writeString(
                folder.resolve("spec.json"), SpecJson.write(backbone.spec()).toString());
        List<TensorEntry> weights = backbone.parameters().entrySet().stream()
                .map(entry -> StoredTensors.entry(entry.getKey(), entry.getValue()))
                .toList();
        SafeTensorsWriter.write(folder.resolve("weights.safetensors"), weights, Map.of());
        Tensor images = images(backbone);
        SafeTensorsWriter.write(
                folder.resolve("images.safetensors"), List.of(StoredTensors.entry("images", images)), Map.of());
        for (Map.Entry<String, TuningSpec> spec : specs.entrySet()) {
            writeTask(jvm.resolve(spec.getKey() + TASK), backbone, spec.getValue(), images);
            writeOnnx(folder.resolve("onnx").resolve(spec.getKey()), backbone, spec.getValue(), images);
        }
        TuningSpec masks = new Sum(List.of(new HeadOnly(), new MaskHead(MaskHead.Decoder.LINEAR)));
        writeOnnx(folder.resolve("onnx").resolve(MaskHead.METHOD), backbone, masks, images);
    }

    /** A task, and its logits beside it. */
    private static void writeTask(Path task, Backbone backbone, TuningSpec spec, Tensor images) {
        try (PointerScope scope = new PointerScope();
                Tuning tuning = new Tuning(backbone, spec, CLASS_NAMES.size(), 5)) {
            disturb(tuning);
            TaskFile.write(task, info(spec, backbone), tuning);
            SafeTensorsWriter.write(
                    task.resolveSibling(task.getFileName().toString().replace(TASK, LOGITS)),
                    List.of(StoredTensors.entry("logits", logits(task, backbone, images))),
                    Map.of());
        }
    }

    /** What the method gives if it can be merged, the task in its own folder. */
    private static void writeOnnx(Path out, Backbone backbone, TuningSpec spec, Tensor images) {
        Path task = out.resolve("task" + TASK);
        writeTask(task, backbone, InteropCases.withoutPrompts(spec), images);
        try (Task read = TaskFile.read(task)) {
            OnnxExport.write(read, backbone, out.resolve("exported"));
        } catch (ConfigException e) {
            System.out.println("ONNX, " + backbone.name() + ", " + out.getFileName() + ": not mergeable");
        }
    }

    private static TaskInfo info(TuningSpec spec, Backbone backbone) {
        return new TaskInfo(
                spec,
                BackboneInfo.of(backbone),
                spec.terms().stream().anyMatch(MaskHead.class::isInstance)
                        ? new LabelSpace.PixelClasses(CLASS_NAMES)
                        : LabelSpace.oneOf(CLASS_NAMES),
                Optional.empty(),
                new TreeMap<>(Map.of("test.top1", 0.9130434782608695)),
                new TreeMap<>(Map.of("config", "seed: 3\nname: \"sample\"\n")),
                1);
    }

    /** Every trainable far away from where it started; variances stay positive. */
    private static void disturb(Tuning tuning) {
        try (NoGradGuard guard = new NoGradGuard()) {
            tuning.trainables().forEach((name, trainable) -> {
                Tensor tensor = trainable.tensor();
                Key key = Key.of(17, name);
                float[] noise = trainable.role() == Role.STATISTIC
                        ? Initial.uniform(key, tensor.numel(), 0.5)
                        : Initial.normal(key, tensor.numel(), 0, 0.2);
                tensor.add_(Tensors.of(noise, Tensors.shape(tensor)));
            });
        }
        tuning.stepped();
    }

    private static Tensor images(Backbone backbone) {
        int height = backbone.height();
        int width = backbone.width();
        float[] pixels = Initial.normal(Key.of(23, "images"), (long) IMAGES * 3 * height * width, 0, 1);
        return Tensors.of(pixels, IMAGES, 3, height, width);
    }

    private static Tensor logits(Path task, Backbone backbone, Tensor images) {
        try (TunedModel model = TunedModel.open(task, backbone)) {
            return model.logits(images);
        }
    }

    private static void check(Path folder, Backbone backbone) throws IOException {
        for (Path copy : tasks(folder.resolve("same"))) {
            if (Files.mismatch(copy, folder.resolve("jvm").resolve(copy.getFileName())) >= 0) {
                throw new InlayException(copy + ": expected the bytes of the task that was read, found others");
            }
        }
        Tensor images = images(backbone);
        double worst = 0;
        List<Path> made = tasks(folder.resolve("python"));
        for (Path task : made) {
            double off = difference(task, backbone, images);
            if (!(off <= TOLERANCE)) {
                throw new InlayException(task + ": expected Python's logits, found others by up to " + off);
            }
            worst = Math.max(worst, off);
        }
        for (Path task : tasks(folder.resolve("wrong"))) {
            double off = difference(task, backbone, images);
            if (off <= TOLERANCE) {
                throw new InlayException(
                        task + " has two tensors exchanged, and the logits are equal; the check is blind");
            }
        }
        System.out.printf(
                "Python to JVM, %s: %d tasks, logits differ by at most %.1e%n", backbone.name(), made.size(), worst);
    }

    private static double difference(Path task, Backbone backbone, Tensor images) {
        Path logits = task.resolveSibling(task.getFileName().toString().replace(TASK, LOGITS));
        try (PointerScope scope = new PointerScope();
                SafeTensorsFile file = SafeTensorsFile.open(logits)) {
            Tensor expected = StoredTensors.read(file, "logits");
            double off =
                    logits(task, backbone, images).sub(expected).abs().max().item_double();
            Tensors.release(expected);
            return off;
        }
    }

    /** Never empty: a folder without tasks is a failure of Python's side. */
    private static List<Path> tasks(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> tasks = files.filter(file -> file.toString().endsWith(TASK))
                    .sorted()
                    .toList();
            if (tasks.isEmpty()) {
                throw new InlayException(folder + ": expected tasks written by Python, found none");
            }
            return tasks;
        }
    }
}
