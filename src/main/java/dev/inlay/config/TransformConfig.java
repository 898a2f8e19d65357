package dev.inlay.config;

import dev.inlay.data.transform.Interpolation;
import dev.inlay.data.transform.Normalization;
import dev.inlay.keys.Keys;
import java.util.List;

/**
 * How decoded pixels become the image a backbone takes: resize, centre crop to {@code size}, scale to [0, 1],
 * normalise.
 *
 * @param resize how the image is resized
 * @param resizeTo target of the resize in pixels; 0 for {@code size} (for {@link Resize#SHORT} and
 *     {@link Resize#SQUARE}: {@code size} / 0.875)
 * @param size height and width of the result in pixels; 0 for what the backbone takes
 * @param interpolation how pixels between pixels are computed
 * @param normalization of samples in [0, 1]
 */
public record TransformConfig(
        Resize resize, int resizeTo, int size, Interpolation interpolation, Normalization normalization) {
    /** How an image is resized. */
    public enum Resize {
        /** To {@code size} × {@code size}, whatever its aspect. */
        DIRECT,
        /** Its shorter side to {@code resizeTo}, keeping the aspect; then cropped. */
        SHORT,
        /** To {@code resizeTo} × {@code resizeTo}; then cropped. */
        SQUARE,
        /** Not at all; it must have the backbone's size. */
        NONE
    }

    /** Means and deviations that have a name. */
    private enum Normalize {
        IMAGENET,
        INCEPTION,
        NONE;

        private Normalization normalization() {
            return Normalization.named(Keys.word(this));
        }
    }

    /** Pixels in [0, 1] as they are. */
    public static final TransformConfig IDENTITY =
            new TransformConfig(Resize.NONE, 0, 0, Interpolation.BILINEAR, Normalization.NONE);

    static TransformConfig read(Section section) {
        Resize resize = section.choice("resize", Resize.DIRECT);
        int resizeTo = section.integer("resizeTo", 0, 0, 16_384);
        int size = section.integer("size", 0, 0, 16_384);
        Interpolation interpolation = section.choice("interpolation", Interpolation.BICUBIC);
        Normalization normalization = normalization(section);
        if (resizeTo != 0 && (resize == Resize.DIRECT || resize == Resize.NONE)) {
            section.problem("resizeTo", "only resize: short and resize: square have it; use size");
        }
        if (resizeTo != 0 && resizeTo < size) {
            section.problem("resizeTo", "expected at least size " + size + ", found " + resizeTo);
        }
        section.end();
        return new TransformConfig(resize, resizeTo, size, interpolation, normalization);
    }

    private static Normalization normalization(Section section) {
        if (!section.isSection("normalize")) {
            return section.choice("normalize", Normalize.IMAGENET).normalization();
        }
        Section normalize = section.section("normalize");
        List<Double> mean = channels(normalize, "mean", Normalization.IMAGENET.mean(), -10.0);
        List<Double> std = channels(normalize, "std", Normalization.IMAGENET.std(), 1e-6);
        normalize.end();
        return new Normalization(mean, std);
    }

    private static List<Double> channels(Section section, String key, List<Double> otherwise, double min) {
        List<Double> values = section.numbers(key, otherwise, min, 10.0);
        if (values.size() != 3) {
            section.problem(key, "expected three numbers (red, green, blue), found " + values.size());
            return otherwise;
        }
        return values;
    }
}
