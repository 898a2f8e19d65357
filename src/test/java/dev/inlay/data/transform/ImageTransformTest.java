package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.data.Images;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ImageTransformTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final ImageTransform SHORT = new ImageTransform(
            new Resize.ShortSide(256, Interpolation.BILINEAR),
            224,
            200,
            Normalization.INCEPTION,
            ExifOrientation.APPLY);

    @Test
    void roundTripsThroughJson() throws JsonProcessingException {
        ImageTransform direct = ImageTransform.direct(32, 48, Normalization.IMAGENET, ExifOrientation.IGNORE);
        for (ImageTransform transform : List.of(SHORT, direct)) {
            String json = JSON.writeValueAsString(transform);
            assertThat(JSON.readValue(json, ImageTransform.class)).isEqualTo(transform);
        }
        assertThat(JSON.writeValueAsString(direct))
                .isEqualTo("{\"resize\":{\"to\":\"exact\",\"height\":32,\"width\":48,\"interpolation\":\"bicubic\"},"
                        + "\"height\":32,\"width\":48,\"normalization\":{\"mean\":[0.485,0.456,0.406],"
                        + "\"std\":[0.229,0.224,0.225]},\"exifOrientation\":\"ignore\"}");
    }

    @Test
    void normalizationMayBeAName() throws JsonProcessingException {
        assertThat(JSON.readValue("\"inception\"", Normalization.class)).isEqualTo(Normalization.INCEPTION);
        assertThatThrownBy(() -> Normalization.named("imagnet"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("normalization: expected imagenet, inception, none, or mean and std; found imagnet");
    }

    @Test
    void shortSideKeepsProportionsAndRoundsTheLongSideDown() {
        Resize resize = new Resize.ShortSide(256, Interpolation.BICUBIC);
        assertThat(resize.heightOf(48, 64)).isEqualTo(256);
        assertThat(resize.widthOf(48, 64)).isEqualTo(341);
        assertThat(resize.heightOf(110, 83)).isEqualTo(339);
        assertThat(resize.widthOf(110, 83)).isEqualTo(256);
    }

    @Test
    void aImageOfTheWantedSizeIsNotTouched() {
        RawImage image = Images.plain(48, 32, 1, 2, 3);
        ImageTransform direct = ImageTransform.direct(32, 48, Normalization.NONE, ExifOrientation.IGNORE);
        assertThat(direct.prepare(image)).isSameAs(image);
    }

    @Test
    void inOneGoItGivesTheSameBits() {
        SplittableRandom random = new SplittableRandom(7);
        for (Interpolation interpolation : Interpolation.values()) {
            for (int turn = 0; turn < 40; turn++) {
                RawImage image = image(1 + random.nextInt(90), 1 + random.nextInt(90), random);
                int height = 1 + random.nextInt(20);
                int width = 1 + random.nextInt(20);
                Resize resize = turn % 2 == 0
                        ? new Resize.ShortSide(Math.max(height, width) + random.nextInt(9), interpolation)
                        : new Resize.Exact(height + random.nextInt(9), width + random.nextInt(9), interpolation);
                ImageTransform transform =
                        new ImageTransform(resize, height, width, Normalization.IMAGENET, ExifOrientation.APPLY);
                float[] inSteps = new float[3 * height * width];
                transform.finish(transform.prepare(image), inSteps, 0);
                float[] atOnce = new float[3 * height * width];
                transform.apply(image, atOnce, 0);
                assertThat(atOnce)
                        .as("%s of %d x %d", transform, image.width(), image.height())
                        .isEqualTo(inSteps);
            }
        }
    }

    private static RawImage image(int width, int height, SplittableRandom random) {
        byte[] rgb = new byte[3 * width * height];
        random.nextBytes(rgb);
        return new RawImage(width, height, rgb);
    }

    @Test
    void aImageOfOneRowCostsNoMoreThanItsCrop() {
        Resize resize = new Resize.ShortSide(256, Interpolation.BICUBIC);
        ImageTransform transform = new ImageTransform(resize, 224, 224, Normalization.NONE, ExifOrientation.APPLY);
        float[] out = new float[3 * 224 * 224];
        for (RawImage line : List.of(Images.plain(400_000, 1, 1, 2, 3), Images.plain(1, 400_000, 1, 2, 3))) {
            assertThatThrownBy(() -> transform.prepare(line)).isInstanceOf(DataException.class);
            transform.apply(line, out, 0); // whole it would have 26 thousand million pixels
            assertThat(out[224 * 112 + 112]).isEqualTo(1 / 255f);
        }
        RawImage longer = Images.plain(1_000_001, 1, 1, 2, 3);
        assertThatThrownBy(() -> transform.apply(longer, out, 0))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("at most 1000000 a side");
    }

    @Test
    void writesChannelsOneAfterTheOtherFromTheOffset() {
        ImageTransform direct = ImageTransform.direct(2, 3, Normalization.NONE, ExifOrientation.IGNORE);
        float[] out = new float[20];
        direct.finish(Images.plain(3, 2, 255, 51, 0), out, 1);
        assertThat(out).containsExactly(0, 1, 1, 1, 1, 1, 1, .2f, .2f, .2f, .2f, .2f, .2f, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void refusesACropThatDoesNotFitAndNumbersOutOfRange() {
        Resize small = new Resize.Exact(200, 224, Interpolation.BICUBIC);
        assertThatThrownBy(() -> new ImageTransform(small, 224, 224, Normalization.NONE, ExifOrientation.IGNORE))
                .hasMessage("a crop of 224 x 224 does not fit in an image of 200 x 224; resize to at least the crop");
        assertThatThrownBy(() -> new Resize.ShortSide(0, Interpolation.BICUBIC))
                .hasMessage("pixels must be in [1, 16384] pixels, not 0");
        assertThatThrownBy(() -> new Normalization(List.of(0.5, 0.5, 0.5), List.of(1.0, 0.0, 1.0)))
                .hasMessage("std must be above 0, not [1.0, 0.0, 1.0]");
        assertThatThrownBy(() -> new Normalization(List.of(0.5), List.of(1.0, 1.0, 1.0)))
                .hasMessageStartingWith("mean must be three numbers");
    }

    @Test
    void refusesAImageThatIsTooNarrowToResize() {
        RawImage thread = Images.plain(1, 20_000, 9, 9, 9);
        assertThatThrownBy(() -> SHORT.prepare(thread))
                .isInstanceOf(DataException.class)
                .hasMessage("an image of 1 x 20000 pixels is too long and narrow to be resized to 256 x 5120000");
    }
}
