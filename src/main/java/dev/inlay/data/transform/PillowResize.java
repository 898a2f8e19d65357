package dev.inlay.data.transform;

import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import java.util.Arrays;

/**
 * Pillow's antialiased resize of 8-bit images, bit for bit: two passes, columns first, each with 22-bit fixed-point
 * coefficients and rounded back to 8 bits (src/libImaging/Resample.c).
 */
final class PillowResize {
    private static final int PRECISION_BITS = 32 - 8 - 2;
    private static final long MAX_PIXELS = 500_000_000;
    private static final int MAX_SIDE = 1_000_000;
    private static final int HALF = 1 << (PRECISION_BITS - 1);

    private PillowResize() {}

    /**
     * @param image any size; returned as it is if it has the wanted size
     * @param resize with BILINEAR or BICUBIC
     * @throws DataException if the image is so long and narrow that a step of the resize exceeds 500 megapixels
     */
    static RawImage resize(RawImage image, Resize resize) {
        int height = resize.heightOf(image.height(), image.width());
        int width = resize.widthOf(image.height(), image.width());
        if ((long) width * Math.max(height, image.height()) > MAX_PIXELS) {
            throw new DataException("an image of " + image.width() + " x " + image.height()
                    + " pixels is too long and narrow to be resized to " + width + " x " + height);
        }
        RawImage result = image;
        if (width != image.width()) {
            result =
                    columns(result, 0, image.height(), Taps.of(image.width(), width, resize.interpolation(), 0, width));
        }
        if (height != image.height()) {
            result = rows(result, 0, Taps.of(image.height(), height, resize.interpolation(), 0, height));
        }
        return result;
    }

    /**
     * A part of what {@link #resize} gives, bit for bit, at the cost of that part: however long and narrow an image is, and however
     * large it would become, no more is made than what is asked for.
     *
     * @param top of the part in the resized image
     * @param left of the part in the resized image
     * @param height of the part
     * @param width of the part
     * @throws DataException if a side of the image is longer than a million pixels
     */
    static RawImage part(RawImage image, Resize resize, int top, int left, int height, int width) {
        if (Math.max(image.width(), image.height()) > MAX_SIDE) {
            throw new DataException("an image of " + image.width() + " x " + image.height()
                    + " pixels is too long to be resized; at most " + MAX_SIDE + " a side");
        }
        int wholeHeight = resize.heightOf(image.height(), image.width());
        int wholeWidth = resize.widthOf(image.height(), image.width());
        Taps down = Taps.of(image.height(), wholeHeight, resize.interpolation(), top, height);
        Taps across = Taps.of(image.width(), wholeWidth, resize.interpolation(), left, width);
        int first = down.first[0];
        RawImage narrow = columns(image, first, down.end(), across);
        return rows(narrow, first, down);
    }

    /** Rows {@code firstRow} to {@code endRow} of an image, resized across. */
    private static RawImage columns(RawImage image, int firstRow, int endRow, Taps taps) {
        int width = taps.first.length;
        byte[] in = image.rgb();
        byte[] out = new byte[(endRow - firstRow) * width * 3];
        for (int y = firstRow, to = 0; y < endRow; y++) {
            for (int x = 0; x < width; x++) {
                int from = (y * image.width() + taps.first[x]) * 3;
                int red = HALF;
                int green = HALF;
                int blue = HALF;
                for (int weight : taps.weights[x]) {
                    red += weight * (in[from] & 0xff);
                    green += weight * (in[from + 1] & 0xff);
                    blue += weight * (in[from + 2] & 0xff);
                    from += 3;
                }
                out[to++] = clip(red);
                out[to++] = clip(green);
                out[to++] = clip(blue);
            }
        }
        return new RawImage(width, endRow - firstRow, out);
    }

    /**
     * @param firstRow which of the image's rows the first of {@code image} is
     */
    private static RawImage rows(RawImage image, int firstRow, Taps taps) {
        int height = taps.first.length;
        int rowLength = image.width() * 3;
        byte[] in = image.rgb();
        byte[] out = new byte[height * rowLength];
        int[] sums = new int[rowLength];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, HALF);
            int from = (taps.first[y] - firstRow) * rowLength;
            for (int weight : taps.weights[y]) {
                for (int i = 0; i < rowLength; i++) {
                    sums[i] += weight * (in[from + i] & 0xff);
                }
                from += rowLength;
            }
            for (int i = 0; i < rowLength; i++) {
                out[y * rowLength + i] = clip(sums[i]);
            }
        }
        return new RawImage(image.width(), height, out);
    }

    private static byte clip(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION_BITS));
    }

    /** Which input pixels of one axis make each output pixel, and with what fixed-point weights. */
    private static final class Taps {
        final int[] first;
        final int[][] weights;

        private Taps(int size) {
            first = new int[size];
            weights = new int[size][];
        }

        /** Behind the last input pixel that is used. */
        int end() {
            int last = first.length - 1;
            return first[last] + weights[last].length;
        }

        /** Those of output pixels {@code start} to {@code start + count}. */
        static Taps of(int from, int to, Interpolation interpolation, int start, int count) {
            Taps taps = new Taps(count);
            double scale = (double) from / to;
            double widening = Math.max(scale, 1.0);
            double support = radius(interpolation) * widening;
            for (int i = 0; i < count; i++) {
                double center = (start + i + 0.5) * scale;
                int low = Math.max((int) (center - support + 0.5), 0);
                int high = Math.min((int) (center + support + 0.5), from);
                double[] exact = new double[high - low];
                double sum = 0;
                for (int k = 0; k < exact.length; k++) {
                    exact[k] = filter(interpolation, (k + low - center + 0.5) * (1.0 / widening));
                    sum += exact[k];
                }
                taps.first[i] = low;
                taps.weights[i] = new int[exact.length];
                for (int k = 0; k < exact.length; k++) {
                    double scaled = exact[k] / sum * (1 << PRECISION_BITS);
                    taps.weights[i][k] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
                }
            }
            return taps;
        }

        private static double radius(Interpolation interpolation) {
            return interpolation == Interpolation.BICUBIC ? 2 : 1;
        }

        private static double filter(Interpolation interpolation, double signed) {
            double x = Math.abs(signed);
            if (interpolation == Interpolation.BILINEAR) {
                return x < 1 ? 1 - x : 0;
            }
            double a = -0.5;
            if (x < 1) {
                return ((a + 2) * x - (a + 3)) * x * x + 1;
            }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
        }
    }
}
