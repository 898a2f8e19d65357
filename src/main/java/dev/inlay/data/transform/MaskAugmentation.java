package dev.inlay.data.transform;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What training does at random to an image and its mask alike: a scale, a crop of the size that the backbone takes, and a flip.
 * Where the scaled image is smaller than the crop, the image is followed by its mean and the mask by {@code ignored}, below and
 * on the right. Images are resized as evaluation does; of masks the nearest pixel is taken, as Pillow does.
 *
 * @param minScale smallest scale of what evaluation sees, above 0
 * @param maxScale largest scale, at least {@code minScale}
 * @param flip probability of exchanging left and right, in [0, 1]
 */
public record MaskAugmentation(double minScale, double maxScale, double flip) {
    /** Nothing random: training sees what evaluation sees. */
    public static final MaskAugmentation NONE = new MaskAugmentation(1, 1, 0);

    /**
     * @throws IllegalArgumentException if a number is outside of its range
     */
    public MaskAugmentation {
        if (!(minScale > 0 && maxScale >= minScale && maxScale <= 100)) {
            throw new IllegalArgumentException(
                    "scale: expected 0 < smallest <= largest <= 100, found " + minScale + " and " + maxScale);
        }
        Probability.check("flip", flip);
    }

    /** Where a crop is in a scaled image, and what of it there is. */
    private record Place(
            int scaledHeight, int scaledWidth, int top, int left, int height, int width, boolean mirrored) {}

    private Place draw(ImageTransform transform, int height, int width, Key key) {
        SplittableRandom random = key.stream();
        double scale = minScale + (maxScale - minScale) * random.nextDouble();
        boolean mirrored = random.nextDouble() < flip;
        int scaledHeight = scaled(transform.resize().heightOf(height, width), scale);
        int scaledWidth = scaled(transform.resize().widthOf(height, width), scale);
        int top = random.nextInt(Math.max(0, scaledHeight - transform.height()) + 1);
        int left = random.nextInt(Math.max(0, scaledWidth - transform.width()) + 1);
        return new Place(
                scaledHeight,
                scaledWidth,
                top,
                left,
                Math.min(transform.height(), scaledHeight),
                Math.min(transform.width(), scaledWidth),
                mirrored);
    }

    private static int scaled(int side, double scale) {
        return Math.max(1, (int) Math.round(side * scale));
    }

    /**
     * Draws the image.
     *
     * @param image as decoded
     * @param key the only source of randomness, that of the mask, too
     * @param out receives (3, height, width) normalised numbers from {@code offset}
     */
    public void image(ImageTransform transform, RawImage image, Key key, float[] out, int offset) {
        Place place = draw(transform, image.height(), image.width(), key);
        Resize.Exact resize = new Resize.Exact(
                place.scaledHeight, place.scaledWidth, transform.resize().interpolation());
        RawImage part = PillowResize.part(image, resize, place.top, place.left, place.height, place.width);
        float[][] table = transform.normalization().tables();
        int plane = transform.height() * transform.width();
        Arrays.fill(out, offset, offset + 3 * plane, 0);
        for (int y = 0; y < place.height; y++) {
            for (int x = 0; x < place.width; x++) {
                int from = 3 * (y * place.width + x);
                int to = offset + y * transform.width() + column(transform, place, x);
                for (int c = 0; c < 3; c++) {
                    out[to + c * plane] = table[c][part.rgb()[from + c] & 0xff];
                }
            }
        }
    }

    /**
     * Draws the mask that belongs to the image of a key.
     *
     * @param mask of the size of the image
     * @param ignored the number of pixels that do not count
     * @return of the size of the crop
     */
    public Mask mask(ImageTransform transform, Mask mask, int ignored, Key key) {
        Place place = draw(transform, mask.height(), mask.width(), key);
        byte[] values = new byte[transform.height() * transform.width()];
        Arrays.fill(values, (byte) ignored);
        for (int y = 0; y < place.height; y++) {
            int row = nearest(place.top + y, mask.height(), place.scaledHeight);
            for (int x = 0; x < place.width; x++) {
                int column = nearest(place.left + x, mask.width(), place.scaledWidth);
                values[y * transform.width() + column(transform, place, x)] = (byte) mask.at(row, column);
            }
        }
        return new Mask(transform.width(), transform.height(), values);
    }

    private static int column(ImageTransform transform, Place place, int x) {
        return place.mirrored ? transform.width() - 1 - x : x;
    }

    /** The pixel of a side of {@code from} pixels whose centre is nearest to that of pixel {@code at} of {@code to}. */
    private static int nearest(int at, int from, int to) {
        return (int) Math.min(from - 1, (at + 0.5) * from / to);
    }
}
