package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.inlay.data.RawImage;
import java.util.SplittableRandom;

/** Where training takes its crop from. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "from")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TrainCrop.Center.class, name = "center"),
    @JsonSubTypes.Type(value = TrainCrop.Anywhere.class, name = "anywhere"),
    @JsonSubTypes.Type(value = TrainCrop.Resized.class, name = "resized")
})
public sealed interface TrainCrop {
    /** The centre, as in evaluation. */
    record Center() implements TrainCrop {}

    /** Anywhere in the resized image, every place as likely: torchvision's {@code RandomCrop}. */
    record Anywhere() implements TrainCrop {}

    /**
     * A part of the original image of random area and proportions, resized to the crop: torchvision's
     * {@code RandomResizedCrop}.
     *
     * @param minArea smallest part of the image's area, in (0, 1]
     * @param maxArea largest part of the image's area, in [minArea, 1]
     * @param minAspect smallest width / height, above 0
     * @param maxAspect largest width / height, at least minAspect
     */
    record Resized(double minArea, double maxArea, double minAspect, double maxAspect) implements TrainCrop {
        /** torchvision's defaults: 8 % to all of the area, 3:4 to 4:3. */
        public static final Resized DEFAULT = new Resized(0.08, 1, 3.0 / 4, 4.0 / 3);

        private static final int ATTEMPTS = 10;

        /**
         * @throws IllegalArgumentException if a range is empty or outside its limits
         */
        public Resized {
            if (!(minArea > 0 && minArea <= maxArea && maxArea <= 1)) {
                throw new IllegalArgumentException(
                        "areas must satisfy 0 < minArea <= maxArea <= 1, not " + minArea + " and " + maxArea);
            }
            if (!(minAspect > 0 && minAspect <= maxAspect && maxAspect < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "aspects must satisfy 0 < minAspect <= maxAspect, not " + minAspect + " and " + maxAspect);
            }
        }

        /** A part of an image of {@code height} x {@code width} pixels; the largest at the centre if none fits. */
        Box draw(int height, int width, SplittableRandom random) {
            double logMin = StrictMath.log(minAspect);
            double logMax = StrictMath.log(maxAspect);
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                double area = (minArea + random.nextDouble() * (maxArea - minArea)) * height * width;
                double aspect = StrictMath.exp(logMin + random.nextDouble() * (logMax - logMin));
                int w = (int) Math.rint(Math.sqrt(area * aspect));
                int h = (int) Math.rint(Math.sqrt(area / aspect));
                if (w >= 1 && w <= width && h >= 1 && h <= height) {
                    return new Box(random.nextInt(height - h + 1), random.nextInt(width - w + 1), h, w);
                }
            }
            int w = (int) Math.max(1, Math.min(width, Math.rint(height * maxAspect)));
            int h = (int) Math.max(1, Math.min(height, Math.rint(width / minAspect)));
            return new Box((height - h) / 2, (width - w) / 2, h, w);
        }
    }

    /**
     * A part of an image.
     *
     * @param top its first row
     * @param left its first column
     * @param height in pixels
     * @param width in pixels
     */
    record Box(int top, int left, int height, int width) {
        RawImage cut(RawImage image) {
            byte[] rgb = new byte[height * width * 3];
            for (int y = 0; y < height; y++) {
                System.arraycopy(image.rgb(), ((top + y) * image.width() + left) * 3, rgb, y * width * 3, width * 3);
            }
            return new RawImage(width, height, rgb);
        }
    }
}
