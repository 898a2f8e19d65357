package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.SplittableRandom;

/**
 * What training does to images at random, on top of an {@link ImageTransform}.
 *
 * @param crop where the crop is taken
 * @param flip probability of exchanging left and right, in [0, 1]
 */
public record Augmentation(TrainCrop crop, double flip) {
    /** Nothing random: training sees what evaluation sees. */
    public static final Augmentation NONE = new Augmentation(new TrainCrop.Center(), 0);

    /**
     * @throws IllegalArgumentException if {@code flip} is not in [0, 1]
     */
    public Augmentation {
        if (!(flip >= 0 && flip <= 1)) {
            throw new IllegalArgumentException("flip must be a probability in [0, 1], not " + flip);
        }
    }

    /** True if it changes nothing. */
    @JsonIgnore
    public boolean isNone() {
        return flip == 0 && crop instanceof TrainCrop.Center;
    }

    /** True if {@link #finish} needs images in their original size, not what {@link ImageTransform#prepare} gives. */
    public boolean needsOriginal() {
        return crop instanceof TrainCrop.Resized;
    }

    /**
     * Draws a crop and a flip and normalises the result.
     *
     * @param transform sizes, interpolation and normalisation
     * @param image prepared by {@code transform}, or the original if {@link #needsOriginal}
     * @param key the only source of randomness: equal keys, equal results
     * @param out receives (3, height, width) numbers from {@code offset}
     */
    public void finish(ImageTransform transform, RawImage image, Key key, float[] out, int offset) {
        SplittableRandom random = key.stream();
        boolean mirrored = random.nextDouble() < flip;
        if (crop instanceof TrainCrop.Resized resized) {
            ImageTransform direct = new ImageTransform(
                    new Resize.Exact(
                            transform.height(),
                            transform.width(),
                            transform.resize().interpolation()),
                    transform.height(),
                    transform.width(),
                    transform.normalization(),
                    transform.exifOrientation());
            RawImage part = resized.draw(image.height(), image.width(), random).cut(image);
            direct.crop(direct.prepare(part), 0, 0, mirrored, out, offset);
        } else if (crop instanceof TrainCrop.Anywhere) {
            int top = random.nextInt(transform.roomBelow(image) + 1);
            int left = random.nextInt(transform.roomRight(image) + 1);
            transform.crop(image, top, left, mirrored, out, offset);
        } else {
            transform.crop(image, transform.centerTop(image), transform.centerLeft(image), mirrored, out, offset);
        }
    }
}
