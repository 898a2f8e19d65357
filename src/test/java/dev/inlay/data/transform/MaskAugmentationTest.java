package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Images;
import dev.inlay.data.Mask;
import dev.inlay.data.Masks;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.random.Key;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images and masks are changed alike. */
class MaskAugmentationTest {
    private static final int IGNORED = 255;
    private static final int HEIGHT = 12;
    private static final int WIDTH = 16;
    private static final int PLANE = HEIGHT * WIDTH;
    private static final ImageTransform TRANSFORM =
            ImageTransform.direct(HEIGHT, WIDTH, Normalization.NONE, ExifOrientation.IGNORE);

    /** Four fields of 5 × 7 pixels each, of the classes 1 to 4, whose shade of grey is 60 times their class. */
    private static final Mask FIELDS = fields();

    private static final RawImage IMAGE = shaded(FIELDS);

    private static Mask fields() {
        int[] numbers = new int[10 * 14];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = 1 + (i / 14 < 5 ? 0 : 2) + (i % 14 < 7 ? 0 : 1);
        }
        return Masks.of(14, numbers);
    }

    private static RawImage shaded(Mask mask) {
        RawImage image = Images.plain(mask.width(), mask.height(), 0, 0, 0);
        for (int i = 0; i < image.rgb().length; i++) {
            image.rgb()[i] = (byte) (60 * mask.values()[i / 3]);
        }
        return image;
    }

    private static float[] image(MaskAugmentation augmentation, Key key) {
        float[] out = new float[3 * PLANE];
        augmentation.image(TRANSFORM, IMAGE, key, out, 0);
        return out;
    }

    private static Mask mask(MaskAugmentation augmentation, Key key) {
        return augmentation.mask(TRANSFORM, FIELDS, IGNORED, key);
    }

    private static long ignored(Mask mask) {
        long count = 0;
        for (byte value : mask.values()) {
            count += (value & 0xff) == IGNORED ? 1 : 0;
        }
        return count;
    }

    @Test
    void aPixelAwayFromOutlinesHasTheShadeOfItsClassAndPaddingTheMean() {
        MaskAugmentation augmentation = new MaskAugmentation(0.5, 2, 0.5);
        long flat = 0;
        for (int i = 0; i < 100; i++) {
            float[] image = image(augmentation, Key.of(i, "augment"));
            Mask mask = mask(augmentation, Key.of(i, "augment"));
            for (int pixel = 0; pixel < PLANE; pixel++) {
                int number = mask.values()[pixel] & 0xff;
                float shade = image[pixel];
                assertThat(image[PLANE + pixel]).isEqualTo(shade);
                if (number == IGNORED) {
                    assertThat(shade).isZero();
                } else if (isFlat(mask, pixel / WIDTH, pixel % WIDTH)) {
                    assertThat(shade)
                            .as("class %d", number)
                            .isBetween(number * 60 / 255f - 0.02f, number * 60 / 255f + 0.02f);
                    flat++;
                }
            }
        }
        assertThat(flat).isGreaterThan(1000);
    }

    /** Whether all that bicubic interpolation may reach at these scales has one class. */
    private static boolean isFlat(Mask mask, int y, int x) {
        for (int row = y - 5; row <= y + 5; row++) {
            for (int column = x - 5; column <= x + 5; column++) {
                boolean inside = row >= 0 && column >= 0 && row < HEIGHT && column < WIDTH;
                if (inside && mask.at(row, column) != mask.at(y, x) && mask.at(row, column) != IGNORED) {
                    return false;
                }
            }
        }
        return true;
    }

    @Test
    void aSmallerScaleIsPaddedBelowAndOnTheRightAndALargerOneIsCroppedAnywhere() {
        Mask half = mask(new MaskAugmentation(0.5, 0.5, 0), Key.of(1, "augment"));
        assertThat(ignored(half)).isEqualTo(PLANE - PLANE / 4);
        assertThat(half.at(0, 0)).isEqualTo(1);
        assertThat(half.at(HEIGHT / 2 - 1, WIDTH / 2 - 1)).isEqualTo(4);
        assertThat(half.at(HEIGHT / 2, 0)).isEqualTo(IGNORED);
        assertThat(half.at(0, WIDTH / 2)).isEqualTo(IGNORED);
        Mask mirrored = mask(new MaskAugmentation(0.5, 0.5, 1), Key.of(1, "augment"));
        assertThat(mirrored.at(0, WIDTH - 1)).isEqualTo(1);
        assertThat(mirrored.at(0, 0)).isEqualTo(IGNORED);
        Set<Integer> corners = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            Mask twice = mask(new MaskAugmentation(2, 2, 0), Key.of(i, "augment"));
            assertThat(ignored(twice)).isZero();
            corners.add(twice.at(0, 0));
            corners.add(10 + twice.at(HEIGHT - 1, WIDTH - 1));
        }
        assertThat(corners).contains(1, 14).hasSizeGreaterThan(3);
    }

    @Test
    void withoutChangesTheImageIsThatOfEvaluationAndOfTheMaskTheNearestPixelIsTaken() {
        float[] evaluated = new float[3 * PLANE];
        TRANSFORM.apply(IMAGE, evaluated, 0);
        assertThat(image(MaskAugmentation.NONE, Key.of(3, "augment"))).isEqualTo(evaluated);
        Mask mask = mask(MaskAugmentation.NONE, Key.of(3, "augment"));
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                int expected = FIELDS.at((2 * y + 1) * 10 / (2 * HEIGHT), (2 * x + 1) * 14 / (2 * WIDTH));
                assertThat(mask.at(y, x)).isEqualTo(expected);
            }
        }
    }

    @Test
    void equalKeysGiveEqualResultsAndOthersDiffer() {
        MaskAugmentation augmentation = new MaskAugmentation(0.5, 2, 0.5);
        Key key = Key.of(7, "augment").at(3);
        assertThat(mask(augmentation, key.at(5)).values())
                .isEqualTo(mask(augmentation, key.at(5)).values());
        assertThat(mask(augmentation, key.at(5)).values())
                .isNotEqualTo(mask(augmentation, key.at(6)).values());
        assertThat(image(augmentation, key.at(5))).isNotEqualTo(image(augmentation, key.at(6)));
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0", "2, 1, 0", "0.5, 101, 0", "NaN, 1, 0", "1, 1, -0.1", "1, 1, 1.1"})
    void whatIsOutsideItsRangeIsRefused(double minScale, double maxScale, double flip) {
        assertThatThrownBy(() -> new MaskAugmentation(minScale, maxScale, flip))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
