package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Examples;
import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.MaskAugmentation;
import dev.inlay.data.transform.Normalization;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MaskedExamplesTest {
    private static final int SIDE = 4;
    private static final ImageTransform TRANSFORM =
            ImageTransform.direct(SIDE, SIDE, Normalization.NONE, ExifOrientation.APPLY);
    private static final MaskAugmentation FLIP = new MaskAugmentation(0.5, 2, 0.5);

    /** Images whose left half is black and of class 0, the right half white and of class 1; some have bad masks. */
    private static final class Halves implements Dataset {
        private final List<Integer> bad;
        private final AtomicInteger images = new AtomicInteger();
        private final AtomicInteger masks = new AtomicInteger();

        Halves(Integer... bad) {
            this.bad = List.of(bad);
        }

        @Override
        public String name() {
            return "halves";
        }

        @Override
        public LabelSpace labels() {
            return new PixelClasses(List.of("left", "right"));
        }

        @Override
        public int size() {
            return 6;
        }

        @Override
        public int label(int i) {
            throw new AssertionError("no image has one class");
        }

        @Override
        public String id(int i) {
            return "half " + i;
        }

        @Override
        public RawImage image(int i) {
            images.incrementAndGet();
            RawImage image = Images.plain(SIDE, SIDE, 0, 0, 0);
            for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
                for (int c = 0; c < 3; c++) {
                    image.rgb()[3 * pixel + c] = (byte) (pixel % SIDE < SIDE / 2 ? 0 : 255);
                }
            }
            return image;
        }

        @Override
        public Mask mask(int i) {
            masks.incrementAndGet();
            int width = bad.contains(i) ? SIDE + 1 + i : SIDE;
            byte[] values = new byte[width * SIDE];
            for (int pixel = 0; pixel < values.length; pixel++) {
                values[pixel] = (byte) (pixel % width < SIDE / 2 ? 0 : 1);
            }
            return new Mask(width, SIDE, values);
        }

        @Override
        public String fingerprint() {
            return "halves";
        }
    }

    private static MaskedExamples decoded(Dataset dataset, MaskAugmentation augmentation, long bytes) {
        return MaskedExamples.decode(dataset, TRANSFORM, augmentation, 5, new DecodingOptions(bytes, 2), Progress.NONE);
    }

    private static float[] read(Examples examples, int i, int epoch, int again) {
        float[] out = new float[3 * SIDE * SIDE];
        examples.read(i, epoch, again, out, 0);
        return out;
    }

    @Test
    void everyEpochChangesImageAndMaskAlike() {
        MaskedExamples examples = decoded(new Halves(), FLIP, 1 << 20);
        int flipped = 0;
        for (int epoch = 0; epoch < 5; epoch++) {
            for (int i = 0; i < examples.size(); i++) {
                float[] pixels = read(examples, i, epoch, 0);
                float[] classes = examples.target(i, epoch, 0);
                assertThat(classes).hasSize(SIDE * SIDE);
                for (int pixel = 0; pixel < classes.length; pixel++) {
                    if (classes[pixel] != PixelClasses.IGNORED && (pixels[pixel] == 0 || pixels[pixel] == 1)) {
                        assertThat(classes[pixel]).isEqualTo(pixels[pixel]);
                    }
                }
                flipped += classes[0] == 1 ? 1 : 0;
            }
        }
        assertThat(flipped).isBetween(1, 29);
    }

    @Test
    void whatIsDrawnDependsOnSeedEpochImageAndCopyAlone() {
        MaskedExamples kept = decoded(new Halves(), FLIP, 1 << 20);
        MaskedExamples decodedAgain = decoded(new Halves(), FLIP, 0);
        boolean copiesDiffer = false;
        for (int epoch = 0; epoch < 6; epoch++) {
            assertThat(read(kept, 2, epoch, 1)).isEqualTo(read(decodedAgain, 2, epoch, 1));
            assertThat(kept.target(2, epoch, 1)).isEqualTo(decodedAgain.target(2, epoch, 1));
            copiesDiffer |= !java.util.Arrays.equals(kept.target(2, epoch, 0), kept.target(2, epoch, 1));
        }
        assertThat(copiesDiffer).isTrue();
        assertThat(kept.repeats()).isFalse();
        assertThat(kept.fingerprint()).isEqualTo(decodedAgain.fingerprint());
        assertThat(decoded(new Halves(), MaskAugmentation.NONE, 0).fingerprint())
                .isNotEqualTo(kept.fingerprint());
    }

    @Test
    void evaluationSeesImagesAndMasksAsTheyAre() {
        MaskedExamples examples = decoded(new Halves(), FLIP, 1 << 20);
        assertThat(read(examples, 0, Examples.EVALUATION, 0)).startsWith(0, 0, 1, 1, 0, 0, 1, 1);
        assertThat(examples.target(0)).startsWith(0, 0, 1, 1, 0, 0, 1, 1);
        assertThat(examples.mask(0).values()).startsWith(0, 0, 1, 1);
    }

    @Test
    void imagesAreKeptWithinTheBoundAndMasksAreNot() {
        Halves some = new Halves();
        MaskedExamples examples = decoded(some, MaskAugmentation.NONE, 2L * 3 * SIDE * SIDE);
        for (int i = 0; i < examples.size(); i++) {
            read(examples, i, 0, 0);
            examples.target(i);
        }
        assertThat(some.images).hasValue(6 + 4);
        assertThat(some.masks).hasValue(6 + 6);
    }

    @Test
    void whatCannotBeUsedIsLeftOutAndTold() {
        MaskedExamples examples = decoded(new Halves(1, 4), MaskAugmentation.NONE, 1 << 20);
        assertThat(examples.size()).isEqualTo(4);
        assertThat(examples.id(1)).isEqualTo("half 2");
        assertThat(examples.mask(3).width()).isEqualTo(SIDE);
        assertThat(examples.skipped())
                .containsExactly(
                        new BadImage(
                                "half 1",
                                "half 1: the image has 4 x 4 pixels, its mask 6 x 4; both must have one size"),
                        new BadImage(
                                "half 4",
                                "half 4: the image has 4 x 4 pixels, its mask 9 x 4; both must have one size"));
        BadImages bad = new BadImages();
        bad.add(examples, true);
        bad.add(decoded(new Halves(5), MaskAugmentation.NONE, 1 << 20), false);
        assertThatThrownBy(() -> bad.settle(OnBadImage.FAIL))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("3 images cannot be used")
                .hasMessageContaining("half 1: ")
                .hasMessageContaining("half 5: ");
        assertThat(bad.settle(OnBadImage.SKIP))
                .containsExactly("3 images skipped (data.onBadImage: skip), such as half 1: the image has N x N pixels,"
                        + " its mask N x N; both must have one size");
    }

    @Test
    void aSplitThatIsLeftWithoutImagesIsRefused() {
        BadImages bad = new BadImages();
        bad.add(decoded(new Halves(0, 1, 2, 3, 4, 5), MaskAugmentation.NONE, 1 << 20), false);
        assertThatThrownBy(() -> bad.settle(OnBadImage.SKIP)).hasMessageContaining("halves: no image is left");
    }
}
