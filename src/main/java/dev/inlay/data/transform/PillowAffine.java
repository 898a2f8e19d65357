package dev.inlay.data.transform;

import dev.inlay.data.RawImage;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Pillow's affine {@code Image.transform} of 8-bit RGB, bit for bit: each pixel's centre is looked for in the input, between whose
 * pixels float64 interpolates (src/libImaging/Geometry.c). No antialiasing; its bicubic filter has a = -1.
 *
 * @param interpolation BILINEAR or BICUBIC
 * @param fill red, green and blue of what lies outside of the input, in [0, 255]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PillowAffine(Interpolation interpolation, int[] fill) {
    private static final int DECIMALS = 15;

    /** Row y moves to the left by {@code factor} of its distance from the top. */
    RawImage shearX(RawImage image, double factor) {
        return transform(image, 1, factor, 0, 0, 1, 0);
    }

    /** Column x moves up by {@code factor} of its distance from the left. */
    RawImage shearY(RawImage image, double factor) {
        return transform(image, 1, 0, 0, factor, 1, 0);
    }

    /** To the left, by a share of the width. */
    RawImage translateX(RawImage image, double share) {
        return transform(image, 1, 0, share * image.width(), 0, 1, 0);
    }

    /** Up, by a share of the height. */
    RawImage translateY(RawImage image, double share) {
        return transform(image, 1, 0, 0, 0, 1, share * image.height());
    }

    /** Anticlockwise around the centre. */
    RawImage rotate(RawImage image, double degrees) {
        double modulo = degrees % 360;
        double angle = -(modulo < 0 ? modulo + 360 : modulo) * (Math.PI / 180);
        double a = rounded(StrictMath.cos(angle));
        double b = rounded(StrictMath.sin(angle));
        double d = rounded(-StrictMath.sin(angle));
        double x = image.width() / 2.0;
        double y = image.height() / 2.0;
        return transform(image, a, b, a * -x + b * -y + x, d, a, d * -x + a * -y + y);
    }

    private static double rounded(double value) {
        return new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
    }

    /** Pixel (x, y) of the result is that of the input at (ax + by + c, dx + ey + f). */
    private RawImage transform(RawImage image, double a, double b, double c, double d, double e, double f) {
        int width = image.width();
        int height = image.height();
        byte[] out = new byte[image.rgb().length];
        for (int y = 0, to = 0; y < height; y++) {
            for (int x = 0; x < width; x++, to += 3) {
                double fromX = a * (x + 0.5) + b * (y + 0.5) + c;
                double fromY = d * (x + 0.5) + e * (y + 0.5) + f;
                if (fromX < 0 || fromX >= width || fromY < 0 || fromY >= height) {
                    for (int channel = 0; channel < 3; channel++) {
                        out[to + channel] = (byte) fill[channel];
                    }
                } else if (interpolation == Interpolation.BICUBIC) {
                    bicubic(image, fromX - 0.5, fromY - 0.5, out, to);
                } else {
                    bilinear(image, fromX - 0.5, fromY - 0.5, out, to);
                }
            }
        }
        return new RawImage(width, height, out);
    }

    private static void bilinear(RawImage image, double fromX, double fromY, byte[] out, int to) {
        int x = (int) Math.floor(fromX);
        int y = (int) Math.floor(fromY);
        double dx = fromX - x;
        double dy = fromY - y;
        int left = column(image, x);
        int right = column(image, x + 1);
        int upper = row(image, y);
        int lower = row(image, y + 1);
        byte[] in = image.rgb();
        for (int c = 0; c < 3; c++) {
            double above = line(in[upper + left + c] & 0xff, in[upper + right + c] & 0xff, dx);
            double below = line(in[lower + left + c] & 0xff, in[lower + right + c] & 0xff, dx);
            out[to + c] = (byte) (int) line(above, below, dy);
        }
    }

    private static double line(double v1, double v2, double d) {
        return v1 + (v2 - v1) * d;
    }

    private static void bicubic(RawImage image, double fromX, double fromY, byte[] out, int to) {
        int x = (int) Math.floor(fromX);
        int y = (int) Math.floor(fromY);
        double dx = fromX - x;
        double dy = fromY - y;
        int x1 = column(image, x - 1);
        int x2 = column(image, x);
        int x3 = column(image, x + 1);
        int x4 = column(image, x + 2);
        int y1 = row(image, y - 1);
        int y2 = row(image, y);
        int y3 = row(image, y + 1);
        int y4 = row(image, y + 2);
        byte[] in = image.rgb();
        for (int c = 0; c < 3; c++) {
            double value = cubic(
                    across(in, y1 + c, x1, x2, x3, x4, dx),
                    across(in, y2 + c, x1, x2, x3, x4, dx),
                    across(in, y3 + c, x1, x2, x3, x4, dx),
                    across(in, y4 + c, x1, x2, x3, x4, dx),
                    dy);
            out[to + c] = (byte) (int) Math.max(0, Math.min(255, value));
        }
    }

    private static double across(byte[] in, int row, int x1, int x2, int x3, int x4, double d) {
        return cubic(in[row + x1] & 0xff, in[row + x2] & 0xff, in[row + x3] & 0xff, in[row + x4] & 0xff, d);
    }

    private static double cubic(double v1, double v2, double v3, double v4, double d) {
        double p2 = -v1 + v3;
        double p3 = 2 * (v1 - v2) + v3 - v4;
        double p4 = -v1 + v2 - v3 + v4;
        return v2 + d * (p2 + d * (p3 + d * p4));
    }

    /** Where a column begins in a row; the outermost ones go on beyond the image. */
    private static int column(RawImage image, int x) {
        return 3 * Math.max(0, Math.min(image.width() - 1, x));
    }

    private static int row(RawImage image, int y) {
        return 3 * image.width() * Math.max(0, Math.min(image.height() - 1, y));
    }
}
