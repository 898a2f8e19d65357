package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.BatchLoader;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Order;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.progress.Progress;
import dev.inlay.sensitivity.Scorer;
import dev.inlay.sensitivity.ScoringOptions;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.TaskInfo;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.LibTorch;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.tuning.Tuning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Thousands of steps hold no more native memory and no more native objects than hundreds. In a JVM of its own whose heap is
 * touched before it starts, so that what grows is not the heap.
 */
class LeakTest {
    private static final long MAX_GROWTH = 30L << 20;
    private static final String MEASURED = "measured ";

    @Test
    @EnabledOnOs(OS.LINUX)
    void memoryIsFlat() throws Exception {
        List<String> lines = runInOwnProcess();
        for (String work : List.of("2000 training steps", "200 scored batches", "50 predictions")) {
            String line = lines.stream()
                    .filter(l -> l.startsWith(MEASURED + work))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no measure of " + work + " in " + lines));
            String[] numbers = line.substring(line.indexOf(':') + 1).strip().split(" ");
            assertThat(Long.parseLong(numbers[0])).as(line).isLessThanOrEqualTo(4);
            assertThat(Long.parseLong(numbers[1])).as(line).isLessThan(MAX_GROWTH);
        }
    }

    private static List<String> runInOwnProcess() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms192m",
                "-Xmx192m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                LeakTest.class.getName());
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    /** The work, in its own process. */
    public static void main(String[] args) {
        LibTorch.threads(1);
        try (VisionTransformer backbone = SmallTraining.backbone();
                Examples examples = SmallTraining.examples(64)) {
            train(backbone, examples);
            score(backbone, examples);
            predict(backbone, examples);
        }
    }

    private static void train(VisionTransformer backbone, Examples examples) {
        int classes = examples.classNames().size();
        try (Tuning tuning = new Tuning(backbone, SmallTraining.spec(), classes, 1);
                Trainer trainer = new Trainer(tuning, SmallTraining.settings(400, AdamWSpec.DEFAULT));
                BatchLoader loader = new BatchLoader(examples, 8, 1)) {
            Feed feed = new Feed(examples, loader);
            measure("training steps", 300, 2000, step -> trainer.step(step / 8, step % 8, 8, feed.next()));
        }
    }

    private static void score(VisionTransformer backbone, Examples examples) {
        int classes = examples.classNames().size();
        float[] weight = new float[classes * backbone.embedDim()];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (i % 7 - 3) * 0.01f;
        }
        Classifier head = new Classifier(weight, new float[classes]);
        try (Scorer scorer = new Scorer(
                        backbone, head, ScoringOptions.plain(), s -> Scorer.CANDIDATES.contains(s.kind()), 0);
                BatchLoader loader = new BatchLoader(examples, 8, 1)) {
            Feed feed = new Feed(examples, loader);
            measure("scored batches", 100, 200, step -> scorer.add(feed.next()));
        }
    }

    private static void predict(VisionTransformer backbone, Examples examples) {
        TaskInfo info = new TaskInfo(
                SmallTraining.spec(),
                BackboneInfo.of(backbone),
                examples.classNames(),
                Optional.of(ImageTransform.direct(
                        SmallTraining.PIXELS, SmallTraining.PIXELS, Normalization.IMAGENET, ExifOrientation.IGNORE)),
                new TreeMap<>(),
                new TreeMap<>());
        Tuning tuning = new Tuning(backbone, info.spec(), examples.classNames().size(), 1);
        try (TunedModel model = new TunedModel(info, tuning)) {
            measure("predictions", 50, 50, step -> model.logits(examples, 16, Progress.NONE));
        }
    }

    private interface Step {
        void run(int step);
    }

    /** Prints how many more native objects and resident bytes there are after the steps than after a warm-up. */
    private static void measure(String name, int warmUp, int steps, Step step) {
        for (int i = 0; i < warmUp; i++) {
            scoped(step, i);
        }
        System.gc();
        long objects = Pointer.totalCount();
        long bytes = LibTorch.residentBytes();
        for (int i = warmUp; i < warmUp + steps; i++) {
            scoped(step, i);
        }
        long moreObjects = Pointer.totalCount() - objects;
        System.gc();
        System.out.println(MEASURED + steps + " " + name + ": " + moreObjects + " "
                + (LibTorch.residentBytes() - bytes) + " (objects before: " + objects + ", bytes before: " + bytes
                + ")");
    }

    private static void scoped(Step step, int i) {
        try (PointerScope scope = new PointerScope()) {
            step.run(i);
        }
    }

    /** Batches without end, epoch after epoch. */
    private static final class Feed {
        private final Examples examples;
        private final BatchLoader loader;
        private Batches batches;
        private int epoch = -1;

        Feed(Examples examples, BatchLoader loader) {
            this.examples = examples;
            this.loader = loader;
        }

        Batch next() {
            if (batches == null || !batches.hasNext()) {
                epoch++;
                batches = loader.read(Order.shuffled(1, epoch, examples.size()), epoch, 0);
            }
            return batches.next();
        }
    }
}
