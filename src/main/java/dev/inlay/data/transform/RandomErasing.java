package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.inlay.random.Key;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * Erases rectangles of a normalised image at random (Zhong et al., 2017), as timm does: together 2 % to a third of its area, 0.3 to
 * 1 / 0.3 times as high as wide.
 *
 * @param probability that an image is changed, in [0, 1]
 * @param mode what a rectangle is filled with
 * @param maxCount most rectangles of an image, at least 1; as many as up to it are as likely
 */
public record RandomErasing(double probability, Mode mode, int maxCount) {
    /** What a rectangle is filled with. */
    public enum Mode {
        /** 0: the mean of the normalisation. */
        @JsonProperty("const")
        CONST,
        /** A colour from N(0, 1) for each rectangle. */
        @JsonProperty("rand")
        RAND,
        /** A colour from N(0, 1) for each pixel. */
        @JsonProperty("pixel")
        PIXEL
    }

    /** Erases nothing. */
    public static final RandomErasing NONE = new RandomErasing(0, Mode.PIXEL, 1);

    private static final int ATTEMPTS = 10;
    private static final double MIN_AREA = 0.02;
    private static final double MAX_AREA = 1.0 / 3;
    private static final double LOG_ASPECT = -StrictMath.log(0.3);

    /**
     * @throws IllegalArgumentException if a number is out of its range
     */
    public RandomErasing {
        Probability.check("probability", probability);
        if (maxCount < 1) {
            throw new IllegalArgumentException("maxCount must be at least 1, not " + maxCount);
        }
    }

    /** True if it changes nothing. */
    @JsonIgnore
    public boolean isNone() {
        return probability == 0;
    }

    /**
     * Changes an image in place.
     *
     * @param image (3, height, width) normalised numbers from {@code offset}
     */
    void apply(float[] image, int offset, int height, int width, Key key) {
        SplittableRandom random = key.stream();
        if (random.nextDouble() >= probability) {
            return;
        }
        int count = 1 + random.nextInt(maxCount);
        for (int i = 0; i < count; i++) {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                TrainCrop.Box size = size(height, width, count, random.nextDouble(), random.nextDouble());
                if (size.height() < height && size.width() < width) {
                    int top = random.nextInt(height - size.height() + 1);
                    int left = random.nextInt(width - size.width() + 1);
                    TrainCrop.Box box = new TrainCrop.Box(top, left, size.height(), size.width());
                    for (int channel = 0; channel < 3; channel++) {
                        fill(image, offset + channel * height * width, width, box, random);
                    }
                    break;
                }
            }
        }
    }

    /**
     * A rectangle at the top left.
     *
     * @param count of rectangles that share the area
     * @param area uniform in [0, 1)
     * @param aspect uniform in [0, 1)
     */
    static TrainCrop.Box size(int height, int width, int count, double area, double aspect) {
        double pixels = (MIN_AREA + (MAX_AREA - MIN_AREA) * area) * (height * width) / count;
        double ratio = StrictMath.exp(-LOG_ASPECT + 2 * LOG_ASPECT * aspect);
        return new TrainCrop.Box(
                0, 0, (int) Math.rint(Math.sqrt(pixels * ratio)), (int) Math.rint(Math.sqrt(pixels / ratio)));
    }

    private void fill(float[] image, int offset, int width, TrainCrop.Box box, SplittableRandom random) {
        double color = mode == Mode.RAND ? random.nextGaussian() : 0;
        DoubleSupplier value = mode == Mode.PIXEL ? random::nextGaussian : () -> color;
        for (int y = box.top(); y < box.top() + box.height(); y++) {
            int from = offset + y * width + box.left();
            for (int i = from; i < from + box.width(); i++) {
                image[i] = (float) value.getAsDouble();
            }
        }
    }
}
