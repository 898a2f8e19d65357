package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.data.Offset.offset;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.plan.ModuleKind;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Predictions of a task on its backbone. */
class TunedModelTest {
    private static final int PIXELS = 3 * 24 * 32;

    private static final List<Path> IMAGES = List.of(
            Golden.path("transforms/photo_61x47.png"),
            Golden.path("transforms/jpeg_64x48.jpg"),
            Golden.path("transforms/grey_83x110.png"));

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;
    private static Path task;
    private static TunedModel model;

    @BeforeAll
    static void open() {
        vit = Golden.vit();
        task = folder.resolve("task.safetensors");
        Planned spec = SampleTasks.planned(ModuleKind.LORA, Planned.Origin.PAPER);
        try (Tuning tuning = SampleTasks.trained(spec, vit)) {
            TaskFile.write(task, SampleTasks.info(spec, vit), tuning);
        }
        model = TunedModel.open(task, vit);
    }

    @AfterAll
    static void close() {
        model.close();
        vit.close();
    }

    /** The golden images, one example each. */
    private static final class Stored implements Examples {
        private final float[] pixels;
        private final int height;

        Stored(float[] pixels) {
            this(pixels, 24);
        }

        Stored(float[] pixels, int height) {
            this.pixels = pixels;
            this.height = height;
        }

        static Stored golden() {
            try (PointerScope scope = new PointerScope()) {
                return new Stored(Tensors.floats(SampleTasks.images()));
            }
        }

        @Override
        public int size() {
            return pixels.length / PIXELS;
        }

        @Override
        public LabelSpace labels() {
            return LabelSpace.oneOf(SampleTasks.CLASS_NAMES);
        }

        @Override
        public int label(int i) {
            return 0;
        }

        @Override
        public String id(int i) {
            return "stored " + i;
        }

        @Override
        public int height() {
            return height;
        }

        @Override
        public int width() {
            return 32;
        }

        @Override
        public void read(int i, int epoch, float[] out, int offset) {
            assertThat(epoch).isEqualTo(EVALUATION);
            System.arraycopy(pixels, i * PIXELS, out, offset, PIXELS);
        }

        @Override
        public boolean repeats() {
            return true;
        }

        @Override
        public String fingerprint() {
            return "stored";
        }
    }

    @Test
    void logitsAreThoseOfTheTuning() {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                Task read = TaskFile.read(task);
                Tuning tuning = read.attach(vit)) {
            Tensor images = SampleTasks.images();
            Tensor logits = model.logits(images);
            assertThat(logits.requires_grad()).isFalse();
            assertThat(Tensors.floats(logits))
                    .containsExactly(Tensors.floats(tuning.head(tuning.features(images, Dropout.NONE, 0))));
        }
    }

    @Test
    void examplesAreComputedInBatchesOfAnySize() {
        Stored examples = Stored.golden();
        float[] expected = goldenLogits();
        for (int batchSize : new int[] {1, 3, examples.size(), 100}) {
            List<Long> shown = new ArrayList<>();
            float[][] logits = model.logits(examples, batchSize, (name, unit, total) -> {
                assertThat(total).isEqualTo(examples.size());
                return shown::add;
            });
            assertThat(shown)
                    .hasSize((examples.size() + batchSize - 1) / batchSize)
                    .endsWith((long) examples.size());
            for (int i = 0; i < logits.length; i++) {
                assertThat(logits[i])
                        .as("example %d in batches of %d", i, batchSize)
                        .containsExactly(Arrays.copyOfRange(expected, 5 * i, 5 * i + 5), offset(1e-5f));
            }
        }
    }

    private static float[] goldenLogits() {
        try (PointerScope scope = new PointerScope()) {
            return Tensors.floats(model.logits(SampleTasks.images()));
        }
    }

    @Test
    void examplesArePredictedInTheirOrder() {
        Stored examples = Stored.golden();
        List<Prediction> predictions = new ArrayList<>();
        model.predict(examples, 3, Progress.NONE, predictions::add);
        assertThat(predictions)
                .extracting(Prediction::id)
                .containsExactlyElementsOf(IntStream.range(0, examples.size())
                        .mapToObj(i -> "stored " + i)
                        .toList());
        float[][] logits = model.logits(examples, 3, Progress.NONE);
        for (int i = 0; i < logits.length; i++) {
            assertThat(predictions.get(i).logits()).containsExactly(logits[i]);
        }
    }

    @Test
    void aImageGoesThroughTheTasksTransform() {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        for (Path file : IMAGES) {
            RawImage image = decoder.decode(file);
            float[] pixels = new float[PIXELS];
            model.info()
                    .transform()
                    .orElseThrow()
                    .finish(model.info().transform().orElseThrow().prepare(image), pixels, 0);
            Prediction prediction = model.predict(image, "the image");
            assertThat(prediction.id()).isEqualTo("the image");
            assertThat(prediction.logits()).containsExactly(model.logits(new Stored(pixels), 1, Progress.NONE)[0]);
            assertThat(prediction.label()).isEqualTo(SampleTasks.CLASS_NAMES.get(prediction.index()));
        }
    }

    @Test
    void filesArePredictedAsTheirImages() {
        List<Prediction> predictions = model.predict(IMAGES);
        assertThat(predictions)
                .extracting(Prediction::id)
                .containsExactlyElementsOf(IMAGES.stream().map(Path::toString).toList());
        RawImage second = new ImageDecoder(ExifOrientation.APPLY).decode(IMAGES.get(1));
        assertThat(predictions.get(1).logits())
                .containsExactly(model.predict(second, "").logits(), offset(1e-5f));
        assertThat(predictions.get(0).logits()).isNotEqualTo(predictions.get(2).logits());
    }

    @Test
    void badImagesAreAllListedAfterTheGoodOnesWerePredicted() throws IOException {
        Path missing = folder.resolve("missing.png");
        Path broken = Files.writeString(folder.resolve("broken.jpg"), "no image");
        List<Path> files = List.of(IMAGES.get(0), missing, IMAGES.get(1), broken, IMAGES.get(2));
        List<Prediction> predictions = new ArrayList<>();
        Throwable failure = catchThrowable(() -> model.predict(files, 2, Progress.NONE, predictions::add));
        assertThat(failure)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2 of 5 images cannot be used")
                .hasMessageContaining(missing.toString())
                .hasMessageContaining(broken.toString());
        assertThat(predictions)
                .extracting(Prediction::id)
                .containsExactlyElementsOf(IMAGES.stream().map(Path::toString).toList());
    }

    @Test
    void aTaskOfReadyMadeTensorsPredictsNoImages() {
        TaskInfo info = model.info();
        TaskInfo plain = new TaskInfo(
                info.spec(), info.backbone(), info.classNames(), Optional.empty(), info.metrics(), info.provenance());
        try (TunedModel tensors = new TunedModel(plain, SampleTasks.trained(info.spec(), vit))) {
            assertThatThrownBy(() -> tensors.predict(IMAGES))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("knows no transform");
            assertThat(tensors.logits(Stored.golden(), 4, Progress.NONE)).hasDimensions(5, 5);
        }
    }

    @Test
    void numbersThatAreNotFiniteAreNamed() {
        float[] pixels = new float[2 * PIXELS];
        pixels[PIXELS + 7] = Float.NaN;
        assertThatThrownBy(() -> model.predict(new Stored(pixels), 2, Progress.NONE, prediction -> {}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("stored 1: a logit is NaN");
    }

    @Test
    void imagesOfAnotherSizeAreRefused() {
        try (PointerScope scope = new PointerScope()) {
            Tensor narrow = SampleTasks.images().narrow(3, 0, 31);
            assertThatThrownBy(() -> model.logits(narrow))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected the shape (B, 3, 24, 32), found [5, 3, 24, 31]");
        }
        Examples tall = new Stored(new float[3 * 32 * 32], 32);
        assertThatThrownBy(() -> model.logits(tall, 1, Progress.NONE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected images of 24 x 32, the backbone's size, found 32 x 32");
    }

    @Test
    void aBatchHoldsAtLeastOne() {
        assertThatThrownBy(() -> model.logits(Stored.golden(), 0, Progress.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batchSize");
    }

    @Test
    void manyThreadsGetTheSameNumbers() throws Exception {
        Stored examples = Stored.golden();
        float[][] expected = model.logits(examples, 2, Progress.NONE);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<float[][]>> work = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                work.add(() -> model.logits(examples, 2, Progress.NONE));
            }
            for (Future<float[][]> done : threads.invokeAll(work)) {
                assertThat(Arrays.deepEquals(done.get(), expected)).isTrue();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void predictingLeavesNothingBehind() {
        Stored examples = Stored.golden();
        model.logits(examples, 2, Progress.NONE);
        long before = Pointer.totalCount();
        for (int i = 0; i < 8; i++) {
            model.logits(examples, 2, Progress.NONE);
        }
        // a leak grows; the garbage of earlier tests may go meanwhile
        assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
    }

    @Test
    void closingLeavesTheBackboneAlone() {
        TunedModel closed = TunedModel.open(task, vit);
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.logits(Stored.golden(), 1, Progress.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(model.logits(Stored.golden(), 4, Progress.NONE)).hasDimensions(5, 5);
    }
}
