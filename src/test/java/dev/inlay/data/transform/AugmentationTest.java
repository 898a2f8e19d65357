package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.random.Key;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationTest {
    private static final Key KEY = Key.of(7, "augment");
    private static final ImageTransform TRANSFORM = new ImageTransform(
            new Resize.Exact(10, 12, Interpolation.BILINEAR), 6, 8, Normalization.NONE, ExifOrientation.IGNORE);

    /** Red counts rows, green counts columns. */
    private static final RawImage IMAGE = coordinates(12, 10);

    @Test
    void equalKeysGiveEqualResultsAndOthersDiffer() {
        for (TrainCrop crop : List.of(new TrainCrop.Anywhere(), TrainCrop.Resized.DEFAULT)) {
            Augmentation augmentation = new Augmentation(crop, 0.5);
            float[] first = augmented(augmentation, KEY.at(3).at(5));
            assertThat(augmented(augmentation, KEY.at(3).at(5))).isEqualTo(first);
            assertThat(augmented(augmentation, KEY.at(4).at(5))).isNotEqualTo(first);
            assertThat(augmented(augmentation, KEY.at(3).at(6))).isNotEqualTo(first);
        }
    }

    @Test
    void flipMirrorsTheCentreCropExactly() {
        float[] plain = new float[3 * 6 * 8];
        TRANSFORM.finish(IMAGE, plain, 0);
        float[] mirrored = augmented(new Augmentation(new TrainCrop.Center(), 1), KEY);
        for (int row = 0; row < 18; row++) {
            for (int x = 0; x < 8; x++) {
                assertThat(mirrored[row * 8 + x]).isEqualTo(plain[row * 8 + 7 - x]);
            }
        }
    }

    @Test
    void verticalFlipTurnsTheCentreCropUpsideDownExactly() {
        float[] plain = augmented(Augmentation.NONE, KEY);
        float[] turned = augmented(
                new Augmentation(new TrainCrop.Center(), 0, 1, RandAugment.NONE, ColorJitter.NONE, RandomErasing.NONE),
                KEY);
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < 6; y++) {
                assertThat(Arrays.copyOfRange(turned, (channel * 6 + y) * 8, (channel * 6 + y + 1) * 8))
                        .isEqualTo(Arrays.copyOfRange(plain, (channel * 6 + 5 - y) * 8, (channel * 6 + 6 - y) * 8));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void flipsAsOftenAsAsked(boolean vertically) {
        double left = vertically ? 0 : 0.25;
        Augmentation augmentation = new Augmentation(
                new TrainCrop.Center(), left, 0.25 - left, RandAugment.NONE, ColorJitter.NONE, RandomErasing.NONE);
        float[] plain = new float[3 * 6 * 8];
        TRANSFORM.finish(IMAGE, plain, 0);
        int flipped = 0;
        for (int i = 0; i < 2000; i++) {
            flipped += Arrays.equals(augmented(augmentation, KEY.at(i)), plain) ? 0 : 1;
        }
        assertThat(flipped).isBetween(430, 570);
    }

    @Test
    void randomCropReachesEveryPlaceAndNoOther() {
        Augmentation augmentation = new Augmentation(new TrainCrop.Anywhere(), 0);
        Set<List<Integer>> places = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            float[] crop = augmented(augmentation, KEY.at(i));
            int top = Math.round(crop[0] * 255);
            int left = Math.round(crop[48] * 255);
            assertThat(Math.round(crop[47] * 255)).isEqualTo(top + 5);
            assertThat(Math.round(crop[95] * 255)).isEqualTo(left + 7);
            places.add(List.of(top, left));
        }
        assertThat(places).hasSize(5 * 5);
    }

    @Test
    void colourJitterOfBrightnessKeepsToItsRange() {
        ColorJitter jitter = new ColorJitter(0.4, 0, 0, 0);
        RawImage grey = grey(100);
        IntSummaryStatistics drawn = new IntSummaryStatistics();
        for (int i = 0; i < 2000; i++) {
            byte[] rgb = jitter.apply(grey, KEY.at(i)).rgb();
            assertThat(rgb).containsOnly(rgb[0]);
            drawn.accept(rgb[0] & 0xff);
        }
        assertThat(drawn.getMin()).isBetween(59, 61);
        assertThat(drawn.getMax()).isBetween(138, 140);
        assertThat(drawn.getAverage()).isBetween(98.0, 101.0);
    }

    @Test
    void colourJitterOfZeroLeavesEveryPixelAlone() {
        assertThat(ColorJitter.NONE.apply(IMAGE, KEY).rgb()).isEqualTo(IMAGE.rgb());
        assertThat(ColorJitter.of(0.9).apply(IMAGE, KEY).rgb()).isNotEqualTo(IMAGE.rgb());
    }

    @Test
    void coloursChangeAfterTheCropAndLeaveItsPlaceAlone() {
        TrainCrop.Anywhere crop = new TrainCrop.Anywhere();
        float[] plain = augmented(new Augmentation(crop, 0.5), KEY);
        float[] bright = augmented(
                new Augmentation(crop, 0.5, 0, RandAugment.NONE, new ColorJitter(0.5, 0, 0, 0), RandomErasing.NONE),
                KEY);
        assertThat(bright).isNotEqualTo(plain);
        for (int i = 0; i < 96; i += 8) {
            assertThat(Math.signum(bright[i + 7] - bright[i])).isEqualTo(Math.signum(plain[i + 7] - plain[i]));
        }
    }

    @Test
    void resizedCropStaysInItsRanges() {
        TrainCrop.Resized crop = new TrainCrop.Resized(0.2, 0.5, 0.75, 1.5);
        SplittableRandom random = new SplittableRandom(1);
        double smallest = 1;
        double largest = 0;
        for (int i = 0; i < 2000; i++) {
            TrainCrop.Box box = crop.draw(300, 400, random);
            assertThat(box.top()).isBetween(0, 300 - box.height());
            assertThat(box.left()).isBetween(0, 400 - box.width());
            assertThat((double) box.width() / box.height()).isBetween(0.74, 1.52);
            double area = box.height() * (double) box.width() / (300 * 400);
            smallest = Math.min(smallest, area);
            largest = Math.max(largest, area);
        }
        assertThat(smallest).isBetween(0.195, 0.21);
        assertThat(largest).isBetween(0.49, 0.505);
    }

    @Test
    void resizedCropFallsBackToTheLargestCentralPart() {
        TrainCrop.Box box = TrainCrop.Resized.DEFAULT.draw(2, 1000, new SplittableRandom(1));
        assertThat(box).isEqualTo(new TrainCrop.Box(0, 498, 2, 3));
    }

    @Test
    void resizedCropReadsTheOriginalAtItsPlace() {
        Augmentation augmentation = new Augmentation(new TrainCrop.Resized(1, 1, 1.2, 1.2), 0);
        assertThat(augmentation.needsOriginal()).isTrue();
        float[] whole = augmented(augmentation, KEY);
        ImageTransform direct = ImageTransform.direct(6, 8, Normalization.NONE, ExifOrientation.IGNORE);
        float[] expected = new float[whole.length];
        new ImageTransform(
                        new Resize.Exact(6, 8, Interpolation.BILINEAR),
                        6,
                        8,
                        direct.normalization(),
                        direct.exifOrientation())
                .finish(PillowResize.resize(IMAGE, new Resize.Exact(6, 8, Interpolation.BILINEAR)), expected, 0);
        assertThat(whole).isEqualTo(expected);
    }

    @Test
    void roundTripsThroughJsonAndRefusesNonsense() throws JsonProcessingException {
        JsonMapper json = new JsonMapper();
        for (Augmentation augmentation : List.of(
                Augmentation.NONE,
                new Augmentation(
                        new TrainCrop.Resized(0.3, 0.9, 0.8, 1.1),
                        0.5,
                        0.1,
                        RandAugment.parse("rand-m9-mstd0.5-inc1"),
                        new ColorJitter(1, 2, 3, 0.4),
                        new RandomErasing(0.25, RandomErasing.Mode.RAND, 3)))) {
            assertThat(json.readValue(json.writeValueAsString(augmentation), Augmentation.class))
                    .isEqualTo(augmentation);
        }
        assertThatThrownBy(() -> new Augmentation(new TrainCrop.Center(), 1.5))
                .hasMessage("flip must be a probability in [0, 1], not 1.5");
        assertThatThrownBy(() -> new ColorJitter(0.4, 0.4, -0.4, 0)).hasMessageContaining("0.4, 0.4, -0.4 and 0.0");
        assertThatThrownBy(() -> ColorJitter.of(Double.NaN)).hasMessageContaining("at least 0");
        assertThatThrownBy(() -> new ColorJitter(0, 0, 0, 0.6)).hasMessageContaining("hue in [0, 0.5]");
        assertThatThrownBy(() -> new TrainCrop.Resized(0.5, 0.2, 1, 1)).hasMessageContaining("0.5 and 0.2");
        assertThatThrownBy(() -> new TrainCrop.Resized(0.2, 0.5, 0, 1)).hasMessageContaining("0.0 and 1.0");
    }

    @Test
    void settingsOfWhatIsNeverDoneLeaveImagesTheSame() {
        Augmentation idle = new Augmentation(
                new TrainCrop.Center(),
                0,
                0,
                RandAugment.parse("rand-n0-m9"),
                ColorJitter.NONE,
                new RandomErasing(0, RandomErasing.Mode.CONST, 3));
        assertThat(idle.isNone()).isTrue();
        assertThat(idle).hasToString(Augmentation.NONE.toString());
    }

    private static float[] augmented(Augmentation augmentation, Key key) {
        float[] out = new float[3 * 6 * 8];
        augmentation.finish(TRANSFORM, IMAGE, key, out, 0);
        return out;
    }

    private static RawImage grey(int value) {
        byte[] rgb = new byte[12 * 10 * 3];
        Arrays.fill(rgb, (byte) value);
        return new RawImage(12, 10, rgb);
    }

    private static RawImage coordinates(int width, int height) {
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                rgb[(y * width + x) * 3] = (byte) y;
                rgb[(y * width + x) * 3 + 1] = (byte) x;
            }
        }
        return new RawImage(width, height, rgb);
    }
}
