package dev.inlay.bench.study;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.bench.Rounds;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.progress.Progress;
import dev.inlay.task.BackboneInfo;
import dev.inlay.task.Prediction;
import dev.inlay.task.TaskInfo;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.HeadOnly;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How fast a model predicts files of images, beside decoding them alone and computing alone, by turns. */
@Command(
        name = "inference",
        description =
                "Predicts the images of a folder, decodes them alone and computes alone, by turns; prints the wall time of"
                        + " prediction as a multiple of two bounds: the CPU time of both parts over the cores, and the slower part.")
public final class InferenceThroughput extends Study {
    private static final int CLASSES = 10;

    @Parameters(paramLabel = "FOLDER", description = "Images.")
    private Path folder;

    @Option(
            names = "--backbone",
            paramLabel = "NAME",
            defaultValue = "vit_tiny_patch16_224",
            description = "A published backbone, with random weights; ${DEFAULT-VALUE}.")
    private String name;

    @Option(
            names = "--readers",
            paramLabel = "N",
            defaultValue = "2",
            description = "Threads that decode alone; ${DEFAULT-VALUE}.")
    private int readers;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Turns; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "64",
            description = "Images in a batch; ${DEFAULT-VALUE}.")
    private int batch;

    /** What is measured: a linear head on the bare backbone. */
    private record Subject(List<Path> files, TunedModel model, Backbone backbone, ImageTransform transform) {}

    @Override
    void measure() throws IOException {
        ExecutorService decoders = Executors.newFixedThreadPool(readers);
        try (Backbone backbone =
                BackboneFamily.of(BackboneFamily.published(name)).random(name, BackboneFamily.published(name), 0)) {
            ImageTransform transform = ImageTransform.direct(
                    backbone.height(), backbone.width(), Normalization.IMAGENET, ExifOrientation.APPLY);
            List<String> classes =
                    IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
            TaskInfo info = new TaskInfo(
                    new HeadOnly(),
                    BackboneInfo.of(backbone),
                    classes,
                    Optional.of(transform),
                    new TreeMap<>(),
                    new TreeMap<>());
            try (TunedModel model = new TunedModel(info, new Tuning(backbone, new HeadOnly(), CLASSES, 0))) {
                Subject subject = new Subject(files(folder), model, backbone, transform);
                // the first turn is for the compiler
                for (int turn = 0; turn <= rounds; turn++) {
                    turn(subject, decoders, turn);
                }
            }
        } finally {
            decoders.shutdownNow();
        }
    }

    /** What a part took, in seconds. */
    private record Took(double wall, double cpu) {
        static Took of(Runnable work) {
            Rounds round = Rounds.measure(
                    1,
                    () -> {
                        work.run();
                        return 1;
                    },
                    1);
            return new Took(round.seconds().get(0), round.processorSeconds().get(0));
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.2f s (%.2f s of CPU)", wall, cpu);
        }
    }

    private void turn(Subject subject, ExecutorService decoders, int turn) {
        List<Path> files = subject.files;
        int pixels = 3 * subject.backbone.height() * subject.backbone.width();
        float[] images = new float[batch * pixels];
        Took decoding = Took.of(() -> decode(subject, decoders, images, pixels));
        Took computing = Took.of(() -> compute(subject, images));
        List<Prediction> predictions = new ArrayList<>();
        Took together = Took.of(() -> subject.model.predict(files, batch, Progress.NONE, predictions::add));
        if (predictions.size() != files.size()) {
            throw new IllegalStateException("not all were predicted");
        }
        double cores = Runtime.getRuntime().availableProcessors();
        print(
                "%s: decoding %s, computing %s, both %s: %.0f images/s, %.3f of the CPU time over %.0f cores, %.3f of the slower part",
                turn == 0 ? "warm-up" : "turn " + turn,
                decoding,
                computing,
                together,
                files.size() / together.wall,
                together.wall * cores / (decoding.cpu + computing.cpu),
                cores,
                together.wall / Math.max(decoding.wall, computing.wall));
    }

    private void decode(Subject subject, ExecutorService decoders, float[] images, int pixels) {
        List<Path> files = subject.files;
        AtomicInteger next = new AtomicInteger();
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            running.add(decoders.submit(() -> {
                for (int k = next.getAndIncrement(); k < files.size(); k = next.getAndIncrement()) {
                    subject.transform.finish(
                            subject.transform.prepare(decoder.decode(files.get(k))), images, k % batch * pixels);
                }
            }));
        }
        await(running);
    }

    private void compute(Subject subject, float[] images) {
        List<Path> files = subject.files;
        Backbone backbone = subject.backbone;
        for (int from = 0; from < files.size(); from += batch) {
            int size = Math.min(batch, files.size() - from);
            try (PointerScope scope = new PointerScope()) {
                Tensor pixels = backbone.device().of(images, batch, 3, backbone.height(), backbone.width());
                Tensors.floats(subject.model.logits(pixels.narrow(0, 0, size)));
            }
        }
    }
}
