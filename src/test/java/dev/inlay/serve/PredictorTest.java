package dev.inlay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitFamily;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Resize;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.UnknownTaskException;
import dev.inlay.golden.Golden;
import dev.inlay.task.Prediction;
import dev.inlay.task.SampleTasks;
import dev.inlay.task.Task;
import dev.inlay.task.TaskFile;
import dev.inlay.task.TunedModel;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.FullFineTuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Members;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Sum;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that come, change and go while requests for them are answered. */
@Timeout(120)
class PredictorTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final double CLOSE = 1e-4;

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;

    @BeforeAll
    static void open() {
        vit = Golden.vit();
    }

    @AfterAll
    static void close() {
        vit.close();
    }

    /** One class, a set of classes and numbers, in one batch, each as its task alone says it. */
    @Test
    void tasksOfAllKindsOfLabelsAreAnsweredFromOneBatch() {
        List<LabelSpace> kinds = List.of(
                LabelSpace.oneOf(List.of("a", "b", "c")),
                new LabelSpace.ClassSet(List.of("a", "b", "c", "d"), List.of(0.1, 0.9, 0.5, 0.5)),
                new LabelSpace.Numbers(List.of("x", "y"), List.of(100.0, -3.0), List.of(7.0, 0.5)));
        try (Predictor predictor = new Predictor(vit, ServingOptions.DEFAULT)) {
            List<CompletableFuture<List<Answer>>> asked = new ArrayList<>();
            for (int i = 0; i < kinds.size(); i++) {
                Path task = ServedTasks.write(
                        folder.resolve("kind-" + i + ".safetensors"),
                        vit,
                        new HeadOnly(),
                        kinds.get(i),
                        i,
                        Optional.of(ServedTasks.transform(vit, 0.5)));
                predictor.put("kind-" + i, task);
            }
            float[] image = ServedTasks.image(vit, 5);
            for (int i = 0; i < kinds.size(); i++) {
                asked.add(predictor.predictPixels("kind-" + i, List.of(image), LONG));
            }
            for (int i = 0; i < kinds.size(); i++) {
                Prediction found = asked.get(i).join().get(0).prediction();
                float[] alone = ServedTasks.alone(folder.resolve("kind-" + i + ".safetensors"), vit, image);
                assertThat(ServedTasks.off(found.logits(), alone)).isLessThan(CLOSE);
                assertThat(found.labels()).isEqualTo(kinds.get(i));
            }
            assertThat(asked.get(2).join().get(0).prediction().numbers()).containsOnlyKeys("x", "y");
        }
    }

    private static Path writeMasks(String name, TuningSpec spec, int classes, Optional<ImageTransform> transform) {
        List<String> names =
                IntStream.range(0, classes).mapToObj(c -> "class " + c).toList();
        return ServedTasks.write(
                folder.resolve(name), vit, spec, new LabelSpace.PixelClasses(names), classes, transform);
    }

    private static TuningSpec masks(TuningSpec method, MaskHead.Decoder decoder) {
        return new Sum(List.of(method, new MaskHead(decoder)));
    }

    /** The class of every pixel, from the logits of a direct pass, resized to the image in one piece. */
    private static byte[] direct(Path task, RawImage image) {
        float[] pixels = new float[3 * vit.height() * vit.width()];
        ServedTasks.transform(vit, 0.5).apply(image, pixels, 0);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Task read = TaskFile.read(task);
                Ensemble tuned = read.ensemble(vit)) {
            return Maps.largest(Maps.resized(
                    tuned.logits(Tensors.of(pixels, 1, 3, vit.height(), vit.width()), 0),
                    image.height(),
                    image.width()));
        }
    }

    @Test
    void masksHaveTheSizeOfTheirImagesAndAreThoseOfADirectPass() {
        Optional<ImageTransform> transform = Optional.of(ServedTasks.transform(vit, 0.5));
        Map<String, TuningSpec> specs = Map.of(
                "linear", masks(new HeadOnly(), MaskHead.Decoder.LINEAR),
                "pup", masks(new Lora(2, 4, 0, List.of(), List.of()), MaskHead.Decoder.SETR_PUP),
                "several",
                        new Members(List.of(
                                masks(new Bias(), MaskHead.Decoder.LINEAR),
                                masks(new Lora(2, 4, 0, List.of(), List.of()), MaskHead.Decoder.LINEAR))));
        RawImage photo = new ImageDecoder(ExifOrientation.APPLY).decode(Golden.path("transforms/photo_61x47.png"));
        RawImage tall = new RawImage(7, 90, new byte[3 * 7 * 90]);
        new SplittableRandom(3).nextBytes(tall.rgb());
        try (Predictor predictor = new Predictor(vit)) {
            Path plain = write("beside-masks", new Bias(), 3, 1);
            predictor.put("plain", plain);
            specs.forEach((id, spec) -> predictor.put(id, writeMasks("masks-" + id, spec, 5, transform)));
            assertThat(predictor.state().apart()).isZero();
            Map<String, CompletableFuture<List<Answer>>> asked = new TreeMap<>();
            specs.keySet().forEach(id -> asked.put(id, predictor.predictAsync(id, List.of(photo, tall))));
            CompletableFuture<List<Answer>> beside = predictor.predictPixels("plain", List.of(image(4)), LONG);
            asked.forEach((id, answers) -> {
                Path file = folder.resolve("masks-" + id);
                for (int i = 0; i < 2; i++) {
                    RawImage image = i == 0 ? photo : tall;
                    Answer answer = answers.join().get(i);
                    assertThat(answer.mask().mask().width()).isEqualTo(image.width());
                    assertThat(answer.mask().mask().height()).isEqualTo(image.height());
                    assertThat(answer.mask().mask().values()).as(id).isEqualTo(direct(file, image));
                    assertThat(answer.mask().id()).isEqualTo("" + i);
                    assertThat(answer.mask().labels().names()).hasSize(5);
                    assertThatThrownBy(answer::prediction).hasMessageContaining("ask for mask()");
                    assertThatThrownBy(answer::embedding).isInstanceOf(IllegalStateException.class);
                }
            });
            assertThat(asked.get("linear").join().get(0).mask().shares()).hasSizeGreaterThan(1);
            Answer class0 = beside.join().get(0);
            assertThat(ServedTasks.off(class0.prediction().logits(), ServedTasks.alone(plain, vit, image(4))))
                    .isLessThan(CLOSE);
            assertThatThrownBy(class0::mask).hasMessageContaining("ask for prediction()");
        }
    }

    @Test
    void largeMapsCountAsSeveralImages() {
        assertThat(LoadedTask.rows(1, 10)).isEqualTo(1);
        assertThat(LoadedTask.rows(3, 10)).isEqualTo(3);
        assertThat(LoadedTask.rows(1, 1 << 20)).isEqualTo(1);
        assertThat(LoadedTask.rows(2, 150 * 512 * 512)).isEqualTo(2 * 38);
    }

    @Test
    void masksOfReadyMadePixelsHaveTheBackbonesSize() {
        try (Predictor predictor = new Predictor(vit)) {
            predictor.put(
                    "a",
                    writeMasks("masks-of-pixels", masks(new Bias(), MaskHead.Decoder.LINEAR), 3, Optional.empty()));
            Answer answer =
                    predictor.predictPixels("a", List.of(image(1)), LONG).join().get(0);
            assertThat(answer.mask().mask().values()).hasSize(vit.height() * vit.width());
            float[] broken = image(2);
            broken[7] = Float.NaN;
            assertThatThrownBy(() ->
                            predictor.predictPixels("a", List.of(broken), LONG).join())
                    .hasRootCauseInstanceOf(DataException.class)
                    .hasMessageContaining("a logit is NaN");
        }
    }

    @Test
    void tasksOfMasksThatSeeAPartOfTheImageOrHaveAnotherHeadAreRefused() {
        TuningSpec linear = masks(new Bias(), MaskHead.Decoder.LINEAR);
        ImageTransform cropped = new ImageTransform(
                new Resize.ShortSide(40, Interpolation.BICUBIC),
                vit.height(),
                vit.width(),
                ServedTasks.transform(vit, 0.5).normalization(),
                ExifOrientation.APPLY);
        LabelSpace pixels = new LabelSpace.PixelClasses(List.of("a", "b"));
        Optional<ImageTransform> direct = Optional.of(ServedTasks.transform(vit, 0.5));
        try (Predictor predictor = new Predictor(vit)) {
            assertThatThrownBy(() -> predictor.put("a", writeMasks("masks-cropped", linear, 2, Optional.of(cropped))))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("data.transform.resize: direct");
            assertThatThrownBy(() -> predictor.put("a", writeMasks("masks-bare", new Bias(), 2, direct)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("its labels are masks, but its head gives an image one output for each name");
            assertThatThrownBy(() -> predictor.put(
                            "a",
                            ServedTasks.write(
                                    folder.resolve("masks-as-classes"),
                                    vit,
                                    linear,
                                    LabelSpace.oneOf(pixels.names()),
                                    1,
                                    direct)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("its labels are single, but its head gives every pixel outputs");
            VitSpec larger = vit.spec().forImages(2 * vit.height(), vit.width());
            try (Backbone other = BackboneFamily.of(larger).random(vit.name(), larger, 0)) {
                Path task = ServedTasks.write(
                        folder.resolve("masks-large"),
                        other,
                        linear,
                        pixels,
                        1,
                        Optional.of(ServedTasks.transform(other, 0.5)));
                assertThatThrownBy(() -> predictor.put("a", task))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("for images of " + larger.height() + " x " + larger.width())
                        .hasMessageContaining("backbone.imageSize=[");
            }
            assertThat(predictor.tasks()).isEmpty();
        }
    }

    private static Path write(String name, TuningSpec spec, int classes, long seed) {
        return ServedTasks.write(folder.resolve(name), vit, spec, classes, seed);
    }

    private static float[] image(long number) {
        return ServedTasks.image(vit, number);
    }

    private static List<TuningSpec> specs() {
        return Stream.concat(
                        SampleTasks.specs(),
                        Stream.of(
                                new Bias(),
                                new Lora(2, 4, 0, List.of("attn.q", "attn.v"), List.of()),
                                new Lora(5, 4, 0, List.of(), List.of(1)),
                                new Prompt(Prompt.Depth.DEEP, 4, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN)))
                .toList();
    }

    @Test
    void whoHasAnAnswerFindsListenersTold() {
        AtomicBoolean told = new AtomicBoolean();
        ServingListener slow = (ServingListener) Proxy.newProxyInstance(
                ServingListener.class.getClassLoader(),
                new Class<?>[] {ServingListener.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("request")) {
                        Thread.sleep(100);
                        told.set(true);
                    }
                    return null;
                });
        try (Predictor predictor = new Predictor(vit)) {
            predictor.put("a", write("told", new Bias(), 3, 1));
            predictor.listen(slow);
            predictor
                    .predictPixels("a", List.of(image(0)), Duration.ofSeconds(30))
                    .join();
            assertThat(told).isTrue();
        }
    }

    @Test
    void everyAnswerIsThatOfTheTaskAlone() {
        List<TuningSpec> specs = specs();
        List<Path> files = IntStream.range(0, specs.size())
                .mapToObj(i -> write("kind-" + i, specs.get(i), 2 + i % 4, i))
                .toList();
        List<CompletableFuture<List<Answer>>> futures = new ArrayList<>();
        try (Predictor predictor = new Predictor(vit)) {
            for (int i = 0; i < specs.size(); i++) {
                predictor.put("task-" + i, files.get(i));
            }
            assertThat(predictor.tasks()).hasSize(specs.size());
            for (int i = 0; i < specs.size(); i++) {
                futures.add(predictor.predictPixels("task-" + i, List.of(image(i), image(i + 1)), LONG));
            }
            for (int i = 0; i < specs.size(); i++) {
                List<Answer> answers = futures.get(i).join();
                assertThat(answers).hasSize(2);
                for (int j = 0; j < 2; j++) {
                    Answer answer = answers.get(j);
                    float[] image = image(i + j);
                    assertThat(ServedTasks.off(
                                    answer.prediction().logits(), ServedTasks.alone(files.get(i), vit, image)))
                            .as(specs.get(i).toString())
                            .isLessThan(CLOSE);
                    assertThat(ServedTasks.off(answer.embedding(), ServedTasks.embedding(files.get(i), vit, image)))
                            .as(specs.get(i).toString())
                            .isLessThan(CLOSE);
                    assertThat(answer.prediction().top(2).get(0).label()).endsWith(" of " + i);
                    assertThat(answer.prediction().temperature()).isEqualTo(ServedTasks.temperature(i));
                    assertThat(answer.prediction().id()).isEqualTo("" + j);
                }
            }
        }
    }

    @Test
    void imagesGoThroughTheTransformOfTheirTask() {
        RawImage image = new ImageDecoder(ExifOrientation.APPLY).decode(Golden.path("transforms/photo_61x47.png"));
        try (Predictor predictor = new Predictor(vit)) {
            for (double mean : new double[] {0.2, 0.7}) {
                Path file = ServedTasks.write(
                        folder.resolve("mean-" + mean),
                        vit,
                        new Bias(),
                        3,
                        5,
                        Optional.of(ServedTasks.transform(vit, mean)));
                predictor.put("mean-" + mean, file);
                try (TunedModel model = TunedModel.open(file, vit)) {
                    float[] expected = model.predict(image, "").logits();
                    List<Answer> answers = predictor.predict("mean-" + mean, image, image);
                    assertThat(answers).hasSize(2).allSatisfy(answer -> assertThat(
                                    ServedTasks.off(answer.prediction().logits(), expected))
                            .isLessThan(CLOSE));
                }
            }
            predictor.put(
                    "tensors", ServedTasks.write(folder.resolve("t"), vit, new HeadOnly(), 2, 1, Optional.empty()));
            assertThatThrownBy(() -> predictor.predict("tensors", image))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("knows no transform");
        }
    }

    @Test
    void tasksThatComeAndGoLeaveNothingBehind() {
        List<Path> files = IntStream.range(0, 8)
                .mapToObj(i -> write("gone-" + i, new Lora(64, 4, 0, List.of(), List.of()), 500, i))
                .toList();
        try (Predictor predictor = new Predictor(vit)) {
            predictor.put("one", files.get(0));
            long held = predictor.state().nativeBytes();
            putReplaceAndRemove(predictor, files, 0, 300);
            System.gc(); // what earlier tests left to it does not count
            long pointers = Pointer.totalCount();
            long resident = Pointer.physicalBytes();
            putReplaceAndRemove(predictor, files, 300, 2300);
            assertThat(predictor.tasks()).isEmpty();
            assertThat(Pointer.totalCount()).isLessThan(pointers + 100);
            // the Java heap grows too; had only a quarter of the versions stayed, it would be more than this
            assertThat(Pointer.physicalBytes() - resident).isLessThan(2 * 2000 * held / 4);
        }
    }

    private static void putReplaceAndRemove(Predictor predictor, List<Path> files, int from, int to) {
        for (int i = from; i < to; i++) {
            predictor.put("one", files.get(i % files.size()));
            predictor.put("one", files.get((i + 1) % files.size()));
            if (i % 20 == 0) {
                predictor.predictPixels("one", List.of(image(i)), LONG).join();
            }
            predictor.remove("one");
        }
    }

    @Test
    void everyAnswerUnderLoadIsOfAVersionThatWasServed() throws Exception {
        List<TuningSpec> specs = specs();
        int tasks = 5;
        int versions = 3;
        int images = 6;
        Path[][] files = new Path[tasks][versions];
        float[][][][] expected = new float[tasks][versions][images][];
        for (int t = 0; t < tasks; t++) {
            for (int v = 0; v < versions; v++) {
                int number = t * versions + v;
                files[t][v] = write("load-" + number, specs.get(number % specs.size()), 2 + number % 4, number);
                for (int i = 0; i < images; i++) {
                    expected[t][v][i] = ServedTasks.alone(files[t][v], vit, image(i));
                }
            }
        }
        Path truncated = folder.resolve("truncated");
        byte[] whole = Files.readAllBytes(files[0][0]);
        Files.write(truncated, java.util.Arrays.copyOf(whole, whole.length / 2));
        System.gc(); // what earlier tests left to it does not count
        long before = Pointer.totalCount();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger unknown = new AtomicInteger();
        AtomicInteger changes = new AtomicInteger();
        ServingOptions options = new ServingOptions(8, Duration.ofMillis(1), 64, LONG, tasks, tasks);
        ExecutorService threads = Executors.newFixedThreadPool(5);
        try (Predictor predictor = new Predictor(vit, options)) {
            for (int t = 0; t < tasks; t++) {
                predictor.put("task-" + t, files[t][0]);
            }
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < 4; client++) {
                SplittableRandom random = new SplittableRandom(client);
                running.add(threads.submit(() -> {
                    while (!stop.get()) {
                        int t = random.nextInt(tasks);
                        List<Integer> asked = IntStream.range(0, 1 + random.nextInt(3))
                                .mapToObj(i -> random.nextInt(images))
                                .toList();
                        List<Answer> answers;
                        try {
                            answers = predictor
                                    .predictPixels(
                                            "task-" + t,
                                            asked.stream().map(i -> image(i)).toList(),
                                            LONG)
                                    .join();
                        } catch (UnknownTaskException e) {
                            assertThat(t)
                                    .as("only the last task is removed now and then")
                                    .isEqualTo(tasks - 1);
                            unknown.incrementAndGet();
                            continue;
                        }
                        // all images of a request are answered by one version
                        assertThat(IntStream.range(0, versions).anyMatch(v -> IntStream.range(0, asked.size())
                                        .allMatch(i -> ServedTasks.off(
                                                        answers.get(i)
                                                                .prediction()
                                                                .logits(),
                                                        expected[t][v][asked.get(i)])
                                                < CLOSE)))
                                .as("task %d, images %s", t, asked)
                                .isTrue();
                        answered.incrementAndGet();
                    }
                }));
            }
            running.add(threads.submit(() -> {
                SplittableRandom random = new SplittableRandom(99);
                while (!stop.get()) {
                    int t = random.nextInt(tasks);
                    if (t == tasks - 1 && random.nextBoolean()) {
                        predictor.remove("task-" + t);
                    } else if (random.nextInt(4) == 0) {
                        assertThatThrownBy(() -> predictor.put("task-0", truncated))
                                .isInstanceOf(DataException.class);
                    } else {
                        predictor.put("task-" + t, files[t][random.nextInt(versions)]);
                    }
                    changes.incrementAndGet();
                }
            }));
            for (int i = 0; i < 40 && running.stream().noneMatch(Future::isDone); i++) {
                Thread.sleep(100);
            }
            stop.set(true);
            for (Future<?> future : running) {
                future.get();
            }
            assertThat(answered).hasValueGreaterThan(50);
            assertThat(changes).hasValueGreaterThan(20);
            assertThat(unknown).hasPositiveValue();
        } finally {
            threads.shutdownNow();
        }
        assertThat(Pointer.totalCount())
                .as("tasks that were replaced are freed")
                .isLessThanOrEqualTo(before);
    }

    @Test
    void aBadFileLeavesTheOldTask() throws IOException {
        Path good = write("good", new Bias(), 3, 1);
        Path damaged = folder.resolve("damaged");
        byte[] bytes = Files.readAllBytes(good);
        Files.write(damaged, java.util.Arrays.copyOf(bytes, bytes.length - 7));
        try (Predictor predictor = new Predictor(vit);
                VisionTransformer other = other()) {
            Path foreign = ServedTasks.write(folder.resolve("foreign"), other, new Bias(), 3, 1);
            predictor.put("a", good);
            for (Path bad : List.of(damaged, foreign, folder.resolve("missing"))) {
                assertThatThrownBy(() -> predictor.put("a", bad)).isInstanceOf(DataException.class);
                assertThatThrownBy(() -> predictor.put("b", bad)).isInstanceOf(DataException.class);
            }
            assertThat(predictor.tasks()).containsOnlyKeys("a");
            float[] logits = predictor
                    .predictPixels("a", List.of(image(0)), LONG)
                    .join()
                    .get(0)
                    .prediction()
                    .logits();
            assertThat(ServedTasks.off(logits, ServedTasks.alone(good, vit, image(0))))
                    .isLessThan(CLOSE);
        }
    }

    private static VisionTransformer other() {
        return new VitFamily().random("other", vit.spec(), 9);
    }

    @Test
    void tasksAreCountedAndThoseApartApart() {
        Path shared = write("shared", new Bias(), 2, 1);
        Path whole = write("whole", new FullFineTuning(), 2, 1);
        ServingOptions options = new ServingOptions(4, Duration.ZERO, 8, LONG, 3, 1);
        try (Predictor predictor = new Predictor(vit, options)) {
            predictor.put("a", whole);
            predictor.put("a", whole);
            assertThatThrownBy(() -> predictor.put("b", whole))
                    .isInstanceOf(OverloadException.class)
                    .hasMessageContaining("maxApart");
            predictor.put("b", shared);
            predictor.put("c", shared);
            assertThatThrownBy(() -> predictor.put("d", shared))
                    .isInstanceOf(OverloadException.class)
                    .hasMessageContaining("maxTasks");
            assertThat(predictor.tasks()).containsOnlyKeys("a", "b", "c");
            assertThat(predictor.remove("a")).isTrue();
            assertThat(predictor.remove("a")).isFalse();
            predictor.put("d", whole);
            assertThat(predictor.tasks()).containsOnlyKeys("b", "c", "d");
        }
    }

    @Test
    void aTaskMayBeClosedOnceItIsPut() {
        Path file = write("once", new Lora(2, 2, 0, List.of(), List.of()), 3, 4);
        try (Predictor predictor = new Predictor(vit)) {
            try (Task task = TaskFile.read(file)) {
                predictor.put("a", task);
            }
            float[] logits = predictor
                    .predictPixels("a", List.of(image(3)), LONG)
                    .join()
                    .get(0)
                    .prediction()
                    .logits();
            assertThat(ServedTasks.off(logits, ServedTasks.alone(file, vit, image(3))))
                    .isLessThan(CLOSE);
        }
    }

    @Test
    void requestsThatMakeNoSenseAreRefused() {
        try (Predictor predictor = new Predictor(vit)) {
            predictor.put("a", write("a", new HeadOnly(), 2, 1));
            assertThatThrownBy(() -> predictor.predictPixels("b", List.of(image(0)), LONG))
                    .isInstanceOf(UnknownTaskException.class)
                    .hasMessageContaining("'b'");
            assertThatThrownBy(() -> predictor.predictPixels("a", List.of(), LONG))
                    .isInstanceOf(DataException.class);
            assertThatThrownBy(() -> predictor.predictPixels("a", List.of(new float[7]), LONG))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("2304 numbers, found 7");
            for (String id :
                    List.of(" ", "", "../../x", "..", ".a", "a/b", "a\\b", "a b", "a\0", "ä", "a".repeat(129))) {
                assertThatThrownBy(() -> predictor.put(id, folder.resolve("a")))
                        .as(id)
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining("a task's id is");
            }
            float[] broken = image(0);
            broken[5] = Float.NaN;
            CompletableFuture<List<Answer>> bad = predictor.predictPixels("a", List.of(broken), LONG);
            CompletableFuture<List<Answer>> good = predictor.predictPixels("a", List.of(image(1)), LONG);
            assertThatThrownBy(bad::join)
                    .cause()
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("finite");
            assertThat(good.join()).hasSize(1);
        }
    }

    @Test
    void theBackboneMayBeClosedFirst() {
        Path file = write("a", new HeadOnly(), 2, 1);
        VisionTransformer borrowed = Golden.vit();
        try (Predictor predictor = new Predictor(borrowed)) {
            predictor.put("a", file);
            float[] before = predictor
                    .predictPixels("a", List.of(image(0)), LONG)
                    .join()
                    .get(0)
                    .embedding();
            borrowed.close();
            assertThat(predictor
                            .predictPixels("a", List.of(image(0)), LONG)
                            .join()
                            .get(0)
                            .embedding())
                    .isEqualTo(before);
            predictor.put("b", file);
            assertThat(predictor.tasks()).containsOnlyKeys("a", "b");
        }
        assertThatThrownBy(() -> new Predictor(borrowed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void aClosedPredictorHasAnsweredAndTakesNothing() {
        Predictor predictor = new Predictor(vit);
        Path file = write("last", new HeadOnly(), 2, 1);
        predictor.put("a", file);
        List<CompletableFuture<List<Answer>>> waiting = IntStream.range(0, 20)
                .mapToObj(i -> predictor.predictPixels("a", List.of(image(i)), LONG))
                .toList();
        predictor.close();
        waiting.forEach(future -> assertThat(future.join()).hasSize(1));
        assertThatThrownBy(() -> predictor.predictPixels("a", List.of(image(0)), LONG))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> predictor.put("a", file)).isInstanceOf(IllegalStateException.class);
        predictor.close();
    }

    @Test
    void timeIsLookedAtBetweenImages() {
        try (Predictor predictor = new Predictor(vit)) {
            predictor.put("a", write("timed", new HeadOnly(), 2, 1));
            RawImage image = new ImageDecoder(ExifOrientation.APPLY).decode(Golden.path("transforms/photo_61x47.png"));
            Duration time = Duration.ofMillis(5);
            AtomicInteger asked = new AtomicInteger();
            ImageSource slow = new ImageSource() {
                @Override
                public RawImage image(int i) {
                    asked.incrementAndGet();
                    LockSupport.parkNanos(2 * time.toNanos());
                    return image;
                }

                @Override
                public int size() {
                    return 100;
                }
            };
            CompletableFuture<List<Answer>> late = predictor.predictAsync("a", slow, time);
            assertThatThrownBy(late::join)
                    .cause()
                    .isInstanceOf(DeadlineException.class)
                    .hasMessageContaining("had 5 ms");
            assertThat(asked.get()).isLessThan(100);
        }
    }
}
