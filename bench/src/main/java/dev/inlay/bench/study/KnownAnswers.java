package dev.inlay.bench.study;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.bench.SyntheticPlans;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.plan.ModuleKind;
import dev.inlay.random.Key;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TaskInfo;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Prompt;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Tasks, images, and what each task answers to each image when it is computed alone. In turn a linear head, LoRA of rank 8 on
 * query and value, a plan of SPT from made-up scores, and 10 deep prompts; no two tasks have a class name in common.
 */
final class KnownAnswers {
    private static final int SIDE = 64;
    private static final int MIN_CLASSES = 5;
    private static final int BUDGET = 50_000;
    private static final double CLOSE = 1e-4;
    private static final double NOISE = 0.2;

    private final Backbone backbone;
    private final List<TuningSpec> kinds;
    private final List<byte[]> images = new ArrayList<>();
    private final Map<Long, List<double[]>> probabilities = new ConcurrentHashMap<>();

    KnownAnswers(Backbone backbone, int images) {
        this.backbone = backbone;
        this.kinds = List.of(
                new HeadOnly(),
                new Lora(8, 8, 0, List.of("attn.q", "attn.v"), List.of()),
                new Planned(SyntheticPlans.within(backbone, ModuleKind.LORA, BUDGET, 1), 0, 0, Planned.Origin.PAPER),
                new Prompt(Prompt.Depth.DEEP, 10, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN));
        for (int i = 0; i < images; i++) {
            this.images.add(png(i));
        }
    }

    private static byte[] png(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        int[] waves = random.ints(6, 1, 12).toArray();
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int rgb = 0;
                for (int c = 0; c < 3; c++) {
                    double wave = Math.sin(waves[2 * c] * x / 9.0) * Math.cos(waves[2 * c + 1] * y / 9.0);
                    rgb = rgb << 8 | (int) (127.5 + 127 * wave);
                }
                image.setRGB(x, y, rgb);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Writes the task that a seed names, and computes its answers. */
    Path write(Path file, long seed) {
        TuningSpec kind = kinds.get((int) (seed % kinds.size()));
        List<String> classes = IntStream.range(0, MIN_CLASSES + (int) (seed % 7))
                .mapToObj(label -> "class " + label + " of " + seed)
                .toList();
        ImageTransform transform = ImageTransform.direct(
                backbone.height(), backbone.width(), Normalization.IMAGENET, ExifOrientation.APPLY);
        TaskInfo info = new TaskInfo(
                kind, BackboneInfo.of(backbone), classes, Optional.of(transform), new TreeMap<>(), new TreeMap<>());
        try (PointerScope scope = new PointerScope();
                Tuning tuning = new Tuning(backbone, kind, classes.size(), seed)) {
            disturb(tuning, seed);
            TaskFile.write(file, info, tuning);
        }
        probabilities.computeIfAbsent(seed, one -> alone(file));
        return file;
    }

    /** Changes what is tuned as if it had been trained, so that no two tasks answer alike. */
    private static void disturb(Tuning tuning, long seed) {
        try (NoGradGuard guard = new NoGradGuard()) {
            tuning.trainables().forEach((name, trainable) -> {
                Tensor tensor = trainable.tensor();
                float[] noise = Initial.normal(Key.of(seed, name), tensor.numel(), 0, NOISE);
                tensor.add_(Tensors.of(noise, Tensors.shape(tensor)));
            });
        }
        tuning.stepped();
    }

    private List<double[]> alone(Path task) {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        try (TunedModel model = TunedModel.open(task, backbone)) {
            List<double[]> answers = new ArrayList<>();
            for (byte[] image : images) {
                RawImage decoded = decoder.decode(image, "image");
                answers.add(model.predict(decoded, "image").probabilities());
            }
            return answers;
        }
    }

    int images() {
        return images.size();
    }

    byte[] image(int number) {
        return images.get(number);
    }

    /**
     * What is wrong with an answer; empty if nothing is.
     *
     * @param answer with all classes
     * @param seeds of the tasks that may have given it
     */
    Optional<String> wrong(JsonNode answer, String id, int image, List<Long> seeds) {
        JsonNode top = answer.at("/images/0/top");
        if (!answer.path("task").asText().equals(id) || answer.path("images").size() != 1 || top.isEmpty()) {
            return Optional.of("another task's answer, or none: " + answer);
        }
        String label = top.get(0).path("label").asText();
        long seed = Long.parseLong(label.substring(label.lastIndexOf(' ') + 1));
        if (!seeds.contains(seed)) {
            return Optional.of("the answer of another task: " + label);
        }
        double[] expected = probabilities.get(seed).get(image);
        if (top.size() != expected.length) {
            return Optional.of(top.size() + " classes, expected " + expected.length);
        }
        for (Iterator<JsonNode> entries = top.elements(); entries.hasNext(); ) {
            JsonNode entry = entries.next();
            int index = entry.path("index").asInt();
            if (!entry.path("label").asText().equals("class " + index + " of " + seed)
                    || Math.abs(entry.path("score").asDouble() - expected[index]) > CLOSE) {
                return Optional.of(entry + ", expected " + expected[index] + " of " + seed);
            }
        }
        return Optional.empty();
    }
}
