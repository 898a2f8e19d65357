package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Examples;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ColorJitter;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Normalization;
import dev.inlay.data.transform.RandAugment;
import dev.inlay.data.transform.RandomErasing;
import dev.inlay.data.transform.Resize;
import dev.inlay.data.transform.TrainCrop;
import dev.inlay.progress.Progress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DecodedExamplesTest {
    private static final ImageTransform TRANSFORM = new ImageTransform(
            new Resize.Exact(4, 6, Interpolation.BILINEAR), 4, 4, Normalization.NONE, ExifOrientation.IGNORE);
    private static final int PICTURE_BYTES = 4 * 6 * 3;
    private static final int FLOATS = 3 * 4 * 4;

    @Test
    void decodesEverythingOnceAndKeepsIt() {
        ListedImages images = new ListedImages(50, Set.of());
        AtomicLong reported = new AtomicLong();
        Progress progress = (name, unit, total) -> {
            assertThat(total).isEqualTo(50);
            return done -> reported.accumulateAndGet(done, Math::max);
        };
        DecodedExamples examples = decode(images, Augmentation.NONE, 1 << 20, progress);
        for (int epoch = 0; epoch < 3; epoch++) {
            for (int i = 0; i < 50; i++) {
                assertThat(read(examples, i, epoch)[0]).isEqualTo(i / 255f);
            }
        }
        assertThat(images.decoded()).isEqualTo(50);
        assertThat(reported).hasValue(50);
        assertThat(examples.keptBytes()).isEqualTo(50 * PICTURE_BYTES);
        assertThat(examples.label(7)).isEqualTo(1);
        assertThat(examples.id(7)).isEqualTo("image 7");
        assertThat(examples.height()).isEqualTo(4);
        assertThat(examples.repeats()).isTrue();
    }

    @Test
    void decodesAgainWhatExceedsTheMemory() {
        ListedImages images = new ListedImages(50, Set.of());
        DecodedExamples examples = decode(images, Augmentation.NONE, 20 * PICTURE_BYTES + 5, Progress.NONE);
        assertThat(examples.keptBytes()).isEqualTo(20 * PICTURE_BYTES);
        for (int i = 0; i < 50; i++) {
            assertThat(read(examples, i, 0)[0]).isEqualTo(i / 255f);
        }
        assertThat(images.decoded()).isEqualTo(50 + 30);
    }

    @Test
    void badImagesAreLeftOut() {
        DecodedExamples examples = decode(new ListedImages(6, Set.of(0, 3)), Augmentation.NONE, 1 << 20, Progress.NONE);
        assertThat(examples.size()).isEqualTo(4);
        assertThat(examples.skipped())
                .extracting(BadImage::problem)
                .containsExactly("image 0: damaged", "image 3: damaged");
        assertThat(examples.id(2)).isEqualTo("image 4");
        assertThat(examples.label(2)).isZero();
        assertThat(read(examples, 2, 0)[0]).isEqualTo(4 / 255f);
    }

    @Test
    void errorsThatAreNotAboutImagesAreNotSwallowed() {
        Progress broken = (name, unit, total) -> done -> {
            throw new IllegalStateException("a bug");
        };
        assertThatThrownBy(() -> decode(new ListedImages(20, Set.of()), Augmentation.NONE, 1 << 20, broken))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a bug");
    }

    @Test
    void augmentationIsForTrainingOnlyAndKeyedBySeedEpochAndIndex() {
        Augmentation augmentation = new Augmentation(new TrainCrop.Anywhere(), 0.5);
        GradientImages images = new GradientImages(8);
        DecodedExamples examples = decode(images, augmentation, 7, 1 << 20);
        DecodedExamples plain = decode(images, Augmentation.NONE, 7, 1 << 20);
        DecodedExamples again = decode(images, augmentation, 7, 0);
        DecodedExamples otherSeed = decode(images, augmentation, 8, 1 << 20);
        assertThat(examples.repeats()).isFalse();
        int sameAsOtherSeed = 0;
        int sameAsOtherEpoch = 0;
        for (int i = 0; i < 8; i++) {
            assertThat(read(examples, i, Examples.EVALUATION)).isEqualTo(read(plain, i, 0));
            assertThat(read(again, i, 5)).isEqualTo(read(examples, i, 5));
            sameAsOtherSeed += Arrays.equals(read(otherSeed, i, 5), read(examples, i, 5)) ? 1 : 0;
            sameAsOtherEpoch += Arrays.equals(read(examples, i, 6), read(examples, i, 5)) ? 1 : 0;
        }
        int sameAsOtherDraw = 0;
        for (int i = 0; i < 8; i++) {
            float[] first = new float[3 * examples.height() * examples.width()];
            float[] second = first.clone();
            examples.read(i, 5, 0, first, 0);
            examples.read(i, 5, 1, second, 0);
            assertThat(first).isEqualTo(read(examples, i, 5));
            sameAsOtherDraw += Arrays.equals(first, second) ? 1 : 0;
        }
        assertThat(sameAsOtherDraw).isLessThan(8);
        assertThat(sameAsOtherSeed).isLessThan(8);
        assertThat(sameAsOtherEpoch).isLessThan(8);
    }

    @Test
    void resizedCropsKeepTheOriginalAndEvaluateAsWithoutThem() {
        Augmentation augmentation = new Augmentation(TrainCrop.Resized.DEFAULT, 0);
        GradientImages images = new GradientImages(3);
        DecodedExamples examples = decode(images, augmentation, 7, 1 << 20);
        assertThat(examples.keptBytes()).isEqualTo(3 * GradientImages.BYTES);
        DecodedExamples plain = decode(images, Augmentation.NONE, 7, 1 << 20);
        assertThat(read(examples, 1, Examples.EVALUATION)).isEqualTo(read(plain, 1, Examples.EVALUATION));
    }

    @Test
    void fingerprintCoversImagesTransformAndAugmentation() {
        GradientImages images = new GradientImages(3);
        String one = decode(images, Augmentation.NONE, 7, 0).fingerprint();
        assertThat(decode(images, Augmentation.NONE, 7, 1 << 20).fingerprint()).isEqualTo(one);
        assertThat(decode(new GradientImages(4), Augmentation.NONE, 7, 0).fingerprint())
                .isNotEqualTo(one);
        assertThat(decode(images, new Augmentation(new TrainCrop.Center(), 0.5), 7, 0)
                        .fingerprint())
                .isNotEqualTo(one);
        ColorJitter jitter = ColorJitter.of(0.4);
        assertThat(decode(
                                images,
                                new Augmentation(
                                        new TrainCrop.Center(), 0, 0, RandAugment.NONE, jitter, RandomErasing.NONE),
                                7,
                                0)
                        .fingerprint())
                .isNotEqualTo(one);
        assertThat(Augmentation.NONE).hasToString("Augmentation[crop=Center[], flip=0.0]");
        ImageTransform other = ImageTransform.direct(4, 4, Normalization.NONE, ExifOrientation.IGNORE);
        assertThat(DecodedExamples.decode(images, other, Augmentation.NONE, 7, DecodingOptions.DEFAULT, Progress.NONE)
                        .fingerprint())
                .isNotEqualTo(one);
    }

    private static DecodedExamples decode(
            ListedImages images, Augmentation augmentation, long bytes, Progress progress) {
        return DecodedExamples.decode(images, TRANSFORM, augmentation, 7, new DecodingOptions(bytes, 3), progress);
    }

    private static DecodedExamples decode(GradientImages images, Augmentation augmentation, long seed, long bytes) {
        return DecodedExamples.decode(
                images, TRANSFORM, augmentation, seed, new DecodingOptions(bytes, 2), Progress.NONE);
    }

    private static float[] read(Examples examples, int i, int epoch) {
        float[] out = new float[FLOATS];
        examples.read(i, epoch, out, 0);
        return out;
    }
}
