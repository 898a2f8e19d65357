package dev.inlay.data.transform;

import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.error.DataException;
import java.util.Arrays;

/**
 * What an image goes through on its way to a backbone: resize, centre crop, normalise. Stored in task files, so that a
 * image met later goes through the same.
 *
 * @param resize the size before the crop
 * @param height of the crop, in pixels; at most what the resize leaves
 * @param width of the crop, in pixels; at most what the resize leaves
 * @param normalization from 8-bit samples to what the backbone was trained on
 * @param exifOrientation whether images were turned upright when they were decoded
 */
public record ImageTransform(
        Resize resize, int height, int width, Normalization normalization, ExifOrientation exifOrientation) {
    /**
     * @throws IllegalArgumentException if the crop can be larger than the resized image
     */
    public ImageTransform {
        Sizes.check("height", height);
        Sizes.check("width", width);
        if (height > resize.minHeight() || width > resize.minWidth()) {
            throw new IllegalArgumentException("a crop of " + height + " x " + width + " does not fit in an image of "
                    + resize.minHeight() + " x " + resize.minWidth() + "; resize to at least the crop");
        }
    }

    /**
     * A resize to exactly {@code height} x {@code width}, bicubic, without a crop: VTAB's way (spec of SPT, §4.9).
     */
    public static ImageTransform direct(
            int height, int width, Normalization normalization, ExifOrientation exifOrientation) {
        Resize resize = new Resize.Exact(height, width, Interpolation.BICUBIC);
        return new ImageTransform(resize, height, width, normalization, exifOrientation);
    }

    /**
     * The part of the transform that ends in 8-bit samples, so that its result can be kept; {@link #finish} does the
     * rest. With {@link Interpolation#TF1} that is nothing.
     *
     * @throws DataException if the image is so long and narrow that its resize exceeds 500 megapixels
     */
    public RawImage prepare(RawImage image) {
        return resize.interpolation() == Interpolation.TF1 ? image : PillowResize.resize(image, resize);
    }

    /**
     * Crops the centre of a prepared image and normalises it; half pixels of the offset round to even, as in
     * torchvision.
     *
     * @param prepared what {@link #prepare} gave
     * @param out receives (3, height, width) numbers from {@code offset}
     */
    public void finish(RawImage prepared, float[] out, int offset) {
        crop(prepared, centerTop(prepared), centerLeft(prepared), false, false, out, offset);
    }

    /**
     * The whole transform, bit for bit what {@link #finish} makes of {@link #prepare}, without the parts of a resized image that the
     * crop leaves out.
     *
     * @param out receives (3, height, width) numbers from {@code offset}
     * @throws DataException if a side of the image is longer than a million pixels
     */
    public void apply(RawImage image, float[] out, int offset) {
        if (resize.interpolation() == Interpolation.TF1) {
            finish(image, out, offset);
            return;
        }
        RawImage part = PillowResize.part(image, resize, centerTop(image), centerLeft(image), height, width);
        crop(part, 0, 0, false, false, out, offset);
    }

    /**
     * Resizes an image to any size with the interpolation of this transform, Pillow's bilinear one in place of TensorFlow 1's.
     *
     * @param rows of the result, at least 1
     * @param columns of the result, at least 1
     * @throws DataException if a side of the image is longer than a million pixels
     */
    public RawImage scaled(RawImage image, int rows, int columns) {
        Interpolation own = resize.interpolation();
        return PillowResize.resize(
                image, new Resize.Exact(rows, columns, own == Interpolation.TF1 ? Interpolation.BILINEAR : own));
    }

    /**
     * Cuts a window of the size of the crop from an image as it is, without a resize, and normalises it; what lies beyond the image
     * is 0, the mean.
     *
     * @param image as decoded
     * @param top the first row, in the image
     * @param left the first column, in the image
     * @param out receives (3, height, width) numbers from {@code offset}
     */
    public void window(RawImage image, int top, int left, float[] out, int offset) {
        Samples samples = stored(image);
        int rows = Math.min(height, image.height() - top);
        int columns = Math.min(width, image.width() - left);
        Arrays.fill(out, offset, offset + 3 * height * width, 0);
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < rows; y++) {
                int to = offset + (c * height + y) * width;
                for (int x = 0; x < columns; x++) {
                    out[to + x] = samples.at(c, top + y, left + x);
                }
            }
        }
    }

    int centerTop(RawImage prepared) {
        return (int) Math.rint(roomBelow(prepared) / 2.0);
    }

    int centerLeft(RawImage prepared) {
        return (int) Math.rint(roomRight(prepared) / 2.0);
    }

    /** The largest {@code top} that {@link #crop} takes. */
    int roomBelow(RawImage prepared) {
        return resize.heightOf(prepared.height(), prepared.width()) - height;
    }

    /** The largest {@code left} that {@link #crop} takes. */
    int roomRight(RawImage prepared) {
        return resize.widthOf(prepared.height(), prepared.width()) - width;
    }

    /**
     * Crops a prepared image at a place and normalises it.
     *
     * @param mirrored whether left and right are exchanged
     * @param upsideDown whether top and bottom are exchanged
     */
    void crop(RawImage prepared, int top, int left, boolean mirrored, boolean upsideDown, float[] out, int offset) {
        Samples samples = resize.interpolation() == Interpolation.TF1 ? stretched(prepared) : stored(prepared);
        int to = offset;
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    out[to++] = samples.at(
                            c, top + (upsideDown ? height - 1 - y : y), left + (mirrored ? width - 1 - x : x));
                }
            }
        }
    }

    /** The normalised samples of a resized image. */
    @FunctionalInterface
    private interface Samples {
        float at(int c, int y, int x);
    }

    private Samples stored(RawImage image) {
        float[][] table = normalization.tables();
        byte[] rgb = image.rgb();
        int rowLength = image.width();
        return (c, y, x) -> table[c][rgb[(y * rowLength + x) * 3 + c] & 0xff];
    }

    private Samples stretched(RawImage image) {
        Tf1Bilinear resized = new Tf1Bilinear(
                image, resize.heightOf(image.height(), image.width()), resize.widthOf(image.height(), image.width()));
        return (c, y, x) -> normalization.apply(resized.at(c, y, x), c);
    }
}
