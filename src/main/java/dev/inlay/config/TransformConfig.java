package dev.inlay.config;

import java.util.List;

/**
 * How decoded pixels become the image a backbone takes: resize, centre crop to {@code size}, scale to [0, 1],
 * normalise.
 *
 * @param resize how the picture is resized
 * @param resizeTo target of the resize in pixels; 0 for {@code size} (for {@link Resize#SHORT} and
 *     {@link Resize#SQUARE}: {@code size} / 0.875)
 * @param size height and width of the result in pixels; 0 for what the backbone takes
 * @param interpolation how pixels between pixels are computed
 * @param mean subtracted per channel (red, green, blue), on the scale [0, 1]
 * @param std divided by per channel, above 0
 */
public record TransformConfig(
        Resize resize, int resizeTo, int size, Interpolation interpolation, List<Double> mean, List<Double> std) {
    /** How a picture is resized. */
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

    /** How pixels between pixels are computed. */
    public enum Interpolation {
        /** Pillow's antialiased triangle filter. */
        BILINEAR,
        /** Pillow's antialiased cubic filter, a = -0.5. */
        BICUBIC,
        /** TensorFlow 1's bilinear: no antialiasing, corners at 0. */
        TF1
    }

    /** Means and deviations that have a name. */
    private enum Normalize {
        IMAGENET,
        INCEPTION,
        NONE;

        private List<Double> mean() {
            return switch (this) {
                case IMAGENET -> List.of(0.485, 0.456, 0.406);
                case INCEPTION -> List.of(0.5, 0.5, 0.5);
                case NONE -> List.of(0.0, 0.0, 0.0);
            };
        }

        private List<Double> std() {
            return switch (this) {
                case IMAGENET -> List.of(0.229, 0.224, 0.225);
                case INCEPTION -> List.of(0.5, 0.5, 0.5);
                case NONE -> List.of(1.0, 1.0, 1.0);
            };
        }
    }

    /** Pixels in [0, 1] as they are. */
    public static final TransformConfig IDENTITY =
            new TransformConfig(Resize.NONE, 0, 0, Interpolation.BILINEAR, Normalize.NONE.mean(), Normalize.NONE.std());

    static TransformConfig read(Section section) {
        Resize resize = section.choice("resize", Resize.DIRECT);
        int resizeTo = section.integer("resizeTo", 0, 0, 16_384);
        int size = section.integer("size", 0, 0, 16_384);
        Interpolation interpolation = section.choice("interpolation", Interpolation.BICUBIC);
        List<Double> mean;
        List<Double> std;
        if (section.isSection("normalize")) {
            Section normalize = section.section("normalize");
            mean = channels(normalize, "mean", Normalize.IMAGENET.mean(), -10.0);
            std = channels(normalize, "std", Normalize.IMAGENET.std(), 1e-6);
            normalize.end();
        } else {
            Normalize normalize = section.choice("normalize", Normalize.IMAGENET);
            mean = normalize.mean();
            std = normalize.std();
        }
        if (resizeTo != 0 && (resize == Resize.DIRECT || resize == Resize.NONE)) {
            section.problem("resizeTo", "only resize: short and resize: square have it; use size");
        }
        if (resizeTo != 0 && resizeTo < size) {
            section.problem("resizeTo", "expected at least size " + size + ", found " + resizeTo);
        }
        section.end();
        return new TransformConfig(resize, resizeTo, size, interpolation, mean, std);
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
