package dev.inlay.data.transform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Evaluation transforms against torchvision, timm and TensorFlow 1, golden set 9. */
class GoldenTransformsTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/transforms");
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);
    private static final int EVERY = 7;

    private static final Map<String, String> PIXELS_OF = Map.of(
            "photo_61x47", "photo_61x47.png",
            "wide_300x200", "wide_300x200.png",
            "grey_83x110", "grey_83x110.png",
            "rgba_70x95", "rgba_70x95.png",
            "palette_120x90", "palette_120x90.png",
            "jpeg_64x48", "jpeg_64x48.decoded.png");

    private static final Map<String, Normalization> NORMALIZATIONS = Map.of(
            "unit", Normalization.NONE,
            "imagenet", Normalization.IMAGENET,
            "inception", Normalization.INCEPTION);

    static List<String> images() {
        return PIXELS_OF.keySet().stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("images")
    void everyChainMatchesItsGoldenNumbers(String set) {
        RawImage image = DECODER.decode(FOLDER.resolve(PIXELS_OF.get(set)));
        try (SafeTensorsFile golden = SafeTensorsFile.open(FOLDER.resolve(set + ".safetensors"))) {
            List<String> seen = new ArrayList<>();
            for (String name : golden.names()) {
                int dot = name.lastIndexOf('.');
                ImageTransform transform = chain(name.substring(0, dot), NORMALIZATIONS.get(name.substring(dot + 1)));
                double allowed = transform.resize().interpolation() == Interpolation.TF1 ? 1e-4 : 1e-6;
                assertThat(worstDifference(set, name, transform, image, golden.floats(name)))
                        .as("%s %s", set, name)
                        .isLessThanOrEqualTo(allowed);
                seen.add(name);
            }
            assertThat(seen).hasSize(12);
        }
    }

    @Test
    void imagesOfEveryKindDecodeToThePixelsPillowSees() {
        for (String image : List.of("grey_83x110.png", "rgba_70x95.png", "palette_120x90.png", "jpeg_64x48.jpg")) {
            RawImage decoded = DECODER.decode(FOLDER.resolve(image));
            RawImage expected =
                    DECODER.decode(FOLDER.resolve(image.substring(0, image.lastIndexOf('.')) + ".decoded.png"));
            assertThat(decoded.width()).isEqualTo(expected.width());
            assertThat(decoded.rgb()).as(image).isEqualTo(expected.rgb());
        }
    }

    private static double worstDifference(
            String set, String name, ImageTransform transform, RawImage image, float[] expected) {
        int height = transform.height();
        int width = transform.width();
        float[] all = new float[3 * height * width];
        transform.finish(transform.prepare(image), all, 0);
        int every = height > 32 ? EVERY : 1;
        assertThat(expected).as("%s %s", set, name).hasSize(3 * (height / every) * (width / every));
        double worst = 0;
        int i = 0;
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < height; y += every) {
                for (int x = 0; x < width; x += every) {
                    worst = Math.max(worst, Math.abs((double) expected[i++] - all[(c * height + y) * width + x]));
                }
            }
        }
        return worst;
    }

    private static ImageTransform chain(String name, Normalization normalization) {
        Interpolation interpolation = name.contains("bilinear") ? Interpolation.BILINEAR : Interpolation.BICUBIC;
        int crop = name.endsWith("_32") ? 32 : 224;
        Resize resize;
        if (name.startsWith("tf1_direct")) {
            resize = new Resize.Exact(224, 224, Interpolation.TF1);
        } else if (name.startsWith("direct_")) {
            resize = new Resize.Exact(crop, crop, interpolation);
        } else if (name.startsWith("short256_")) {
            resize = new Resize.ShortSide(256, interpolation);
        } else if (name.startsWith("square256_")) {
            resize = new Resize.Exact(256, 256, interpolation);
        } else if (name.equals("timm_eval_bicubic_0.9")) {
            resize = new Resize.ShortSide(248, interpolation);
        } else {
            throw new AssertionError("no chain for " + name);
        }
        return new ImageTransform(resize, crop, crop, normalization, ExifOrientation.IGNORE);
    }
}
