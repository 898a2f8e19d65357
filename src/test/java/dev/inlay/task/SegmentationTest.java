package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.data.Offset.offset;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.golden.Golden;
import dev.inlay.progress.Progress;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Members;
import dev.inlay.tuning.method.Sum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The masks that a task with a head on maps predicts. */
class SegmentationTest {
    private static final Sum HEAD = new Sum(List.of(new HeadOnly(), new MaskHead(MaskHead.Decoder.LINEAR)));
    private static final Sum TUNED =
            new Sum(List.of(new Lora(2, 2, 0, List.of("attn.q"), List.of(1)), new MaskHead(MaskHead.Decoder.LINEAR)));
    private static final Path TURNED = Path.of("src/test/resources/images/corpus/exif.jpg");
    private static final List<Path> IMAGES = List.of(
            Golden.path("transforms/photo_61x47.png"),
            TURNED,
            Golden.path("transforms/jpeg_64x48.jpg"),
            Golden.path("transforms/wide_300x200.png"),
            Golden.path("transforms/grey_83x110.png"));

    @TempDir
    private static Path folder;

    private static VisionTransformer vit;
    private static TunedModel model;

    @BeforeAll
    static void open() {
        vit = Golden.vit();
        model = new TunedModel(SampleTasks.maskInfo(TUNED, vit), SampleTasks.trained(TUNED, vit));
    }

    @AfterAll
    static void close() {
        model.close();
        vit.close();
    }

    private static RawImage decoded(Path file) {
        return new ImageDecoder(ExifOrientation.APPLY).decode(file);
    }

    /** Logits resized as a whole, and of each pixel the first that none is above. */
    private static byte[] expected(TunedModel of, RawImage image) {
        ImageTransform transform = of.info().transform().orElseThrow();
        float[] pixels = new float[3 * transform.height() * transform.width()];
        transform.apply(image, pixels, 0);
        try (PointerScope scope = new PointerScope()) {
            Tensor logits = of.logits(Tensors.of(pixels, 1, 3, transform.height(), transform.width()));
            float[] full = Tensors.floats(torch.upsample_bilinear2d(
                    logits,
                    new long[] {image.height(), image.width()},
                    false,
                    new DoubleOptional(),
                    new DoubleOptional()));
            int size = image.height() * image.width();
            byte[] mask = new byte[size];
            for (int i = 0; i < size; i++) {
                for (byte c = 1; c < full.length / size; c++) {
                    mask[i] = full[c * size + i] > full[mask[i] * size + i] ? c : mask[i];
                }
            }
            return mask;
        }
    }

    @Test
    void aTaskOfMasksIsCalledByTheMethodThatTunesIt() {
        assertThat(model.info().spec().method()).isEqualTo("sum");
        assertThat(model.info().method())
                .isEqualTo(TUNED.terms().get(0).method())
                .isNotEqualTo("sum");
    }

    @Test
    void masksHaveTheSizeOfTheUprightImageAndTheLargestLogitsClass() {
        List<MaskPrediction> predictions = model.segment(IMAGES);
        assertThat(predictions)
                .extracting(MaskPrediction::id)
                .containsExactlyElementsOf(IMAGES.stream().map(Path::toString).toList());
        for (int i = 0; i < IMAGES.size(); i++) {
            RawImage image = decoded(IMAGES.get(i));
            Mask mask = predictions.get(i).mask();
            assertThat(mask.width()).isEqualTo(image.width());
            assertThat(mask.height()).isEqualTo(image.height());
            assertSame(mask.values(), expected(model, image));
            assertThat(model.segment(image, "one").mask().values()).isEqualTo(expected(model, image));
        }
        RawImage stored = new ImageDecoder(ExifOrientation.IGNORE).decode(TURNED);
        assertThat(predictions.get(1).mask().width()).isEqualTo(stored.height());
    }

    /** But for pixels whose logits are equal to the last bits, which other batches may move. */
    private static void assertSame(byte[] mask, byte[] other) {
        int different = 0;
        for (int i = 0; i < mask.length; i++) {
            different += mask[i] == other[i] ? 0 : 1;
        }
        assertThat(different).isLessThanOrEqualTo(mask.length / 1000);
    }

    @Test
    void sharesAreThoseOfThePixels() {
        MaskPrediction prediction = model.segment(decoded(IMAGES.get(0)), "one");
        byte[] values = prediction.mask().values();
        double sum = 0;
        for (int c = 0; c < SampleTasks.CLASS_NAMES.size(); c++) {
            double pixels = 0;
            for (byte value : values) {
                pixels += value == c ? 1 : 0;
            }
            double share = prediction.shares().getOrDefault(SampleTasks.CLASS_NAMES.get(c), 0.0);
            assertThat(share).isEqualTo(pixels / values.length);
            sum += share;
        }
        assertThat(sum).isBetween(1 - 1e-9, 1 + 1e-9);
        assertThat(prediction.shares()).hasSizeGreaterThan(1);
    }

    @Test
    void membersAverageTheirLogits() {
        Members both = new Members(List.of(TUNED, HEAD));
        try (PointerScope scope = new PointerScope();
                TunedModel alone = new TunedModel(SampleTasks.maskInfo(HEAD, vit), SampleTasks.trained(HEAD, vit));
                TunedModel ensemble = new TunedModel(
                        SampleTasks.maskInfo(both, vit),
                        Ensemble.of(List.of(SampleTasks.trained(TUNED, vit), SampleTasks.trained(HEAD, vit))))) {
            Tensor images = SampleTasks.images();
            float[] one = Tensors.floats(model.logits(images));
            float[] other = Tensors.floats(alone.logits(images));
            float[] mean = Tensors.floats(ensemble.logits(images));
            assertThat(mean).hasSize(one.length);
            for (int i = 0; i < mean.length; i++) {
                assertThat(mean[i]).isCloseTo((one[i] + other[i]) / 2, offset(1e-4f));
            }
            RawImage image = decoded(IMAGES.get(2));
            assertThat(ensemble.segment(image, "").mask().values()).isEqualTo(expected(ensemble, image));
            assertThat(expected(ensemble, image)).isNotEqualTo(expected(alone, image));
        }
    }

    @Test
    void badImagesAreAllListedAfterTheGoodOnesWereSegmented() throws IOException {
        Path missing = folder.resolve("missing.png");
        Path broken = Files.writeString(folder.resolve("broken.jpg"), "no image");
        List<Path> files = List.of(IMAGES.get(0), missing, IMAGES.get(1), broken, IMAGES.get(2));
        List<MaskPrediction> predictions = new ArrayList<>();
        Throwable failure = catchThrowable(() -> model.segment(files, 2, Progress.NONE, predictions::add));
        assertThat(failure)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2 of 5 images cannot be used")
                .hasMessageContaining(missing.toString())
                .hasMessageContaining(broken.toString());
        assertThat(predictions)
                .extracting(MaskPrediction::id)
                .containsExactly(
                        IMAGES.get(0).toString(),
                        IMAGES.get(1).toString(),
                        IMAGES.get(2).toString());
    }

    @Test
    void numbersThatAreNotFiniteAreNamed() {
        Examples broken = new Examples() {
            @Override
            public int size() {
                return 2;
            }

            @Override
            public LabelSpace labels() {
                return model.info().labels();
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
                return 24;
            }

            @Override
            public int width() {
                return 32;
            }

            @Override
            public void read(int i, int epoch, float[] out, int offset) {
                out[offset + 7] = i == 0 ? 1 : Float.NaN;
            }

            @Override
            public float[] target(int i) {
                return new float[24 * 32];
            }

            @Override
            public boolean repeats() {
                return true;
            }

            @Override
            public String fingerprint() {
                return "broken";
            }
        };
        List<MaskPrediction> predictions = new ArrayList<>();
        assertThatThrownBy(() -> model.segment(broken, 1, Progress.NONE, predictions::add))
                .isInstanceOf(DataException.class)
                .hasMessage("stored 1: logits are not finite; check the numbers of the image");
        assertThat(predictions).hasSize(1);
        assertThat(predictions.get(0).id()).isEqualTo("stored 0");
        assertThat(predictions.get(0).mask().width()).isEqualTo(32);
        assertThat(predictions.get(0).mask().height()).isEqualTo(24);
    }

    @Test
    void theWrongMethodSaysWhichIsRight() {
        assertThatThrownBy(() -> model.predict(IMAGES))
                .isInstanceOf(DataException.class)
                .hasMessage("predict: the task gives every pixel a class (data.labels: masks); use segment");
        assertThatThrownBy(() -> model.embed(IMAGES)).hasMessageStartingWith("embed: the task gives every pixel");
        assertThatThrownBy(() -> model.predict(decoded(IMAGES.get(0)), "one")).hasMessageContaining("use segment");
        HeadOnly head = new HeadOnly();
        try (TunedModel labels = new TunedModel(SampleTasks.info(head, vit), SampleTasks.trained(head, vit))) {
            String message = "segment: the task was trained with data.labels: single, not masks; use predict";
            assertThatThrownBy(() -> labels.segment(IMAGES))
                    .isInstanceOf(DataException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> labels.segment(decoded(IMAGES.get(0)), "one"))
                    .hasMessage(message);
        }
    }
}
