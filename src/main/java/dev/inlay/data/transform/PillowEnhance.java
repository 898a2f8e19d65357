package dev.inlay.data.transform;

import dev.inlay.data.RawImage;
import java.util.Arrays;

/**
 * Pillow's {@code ImageEnhance} on 8-bit RGB, bit for bit: factor 1 gives the image, factor 0 a degenerate one, others lie on the
 * line through both, in float32 and cut off to 8 bits (src/libImaging/Blend.c).
 */
final class PillowEnhance {
    private static final int SMOOTH_CENTER = 5;
    private static final int SMOOTH_SUM = 13;

    private PillowEnhance() {}

    /** Towards black. */
    static RawImage brightness(RawImage image, double factor) {
        return blend(new byte[image.rgb().length], image, factor);
    }

    /** Towards its mean grey. */
    static RawImage contrast(RawImage image, double factor) {
        byte[] rgb = image.rgb();
        long sum = 0;
        for (int i = 0; i < rgb.length; i += 3) {
            sum += grey(rgb, i);
        }
        byte[] degenerate = new byte[rgb.length];
        Arrays.fill(degenerate, (byte) (int) (sum / (rgb.length / 3.0) + 0.5));
        return blend(degenerate, image, factor);
    }

    /** Towards grey: the saturation. */
    static RawImage color(RawImage image, double factor) {
        byte[] rgb = image.rgb();
        byte[] degenerate = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i += 3) {
            Arrays.fill(degenerate, i, i + 3, (byte) grey(rgb, i));
        }
        return blend(degenerate, image, factor);
    }

    /** Towards {@code ImageFilter.SMOOTH}, which leaves the outermost pixels as they are. */
    static RawImage sharpness(RawImage image, double factor) {
        byte[] rgb = image.rgb();
        byte[] degenerate = rgb.clone();
        int row = 3 * image.width();
        for (int y = 1; y < image.height() - 1; y++) {
            for (int i = y * row + 3; i < (y + 1) * row - 3; i++) {
                int sum = (SMOOTH_CENTER - 1) * (rgb[i] & 0xff);
                for (int up = i - row; up <= i + row; up += row) {
                    sum += (rgb[up - 3] & 0xff) + (rgb[up] & 0xff) + (rgb[up + 3] & 0xff);
                }
                degenerate[i] = (byte) ((2 * sum + SMOOTH_SUM) / (2 * SMOOTH_SUM));
            }
        }
        return blend(degenerate, image, factor);
    }

    /** The luma of ITU-R 601-2 of the pixel at {@code i}, as {@code convert("L")} has it. */
    private static int grey(byte[] rgb, int i) {
        return (19595 * (rgb[i] & 0xff) + 38470 * (rgb[i + 1] & 0xff) + 7471 * (rgb[i + 2] & 0xff) + 0x8000) >> 16;
    }

    private static RawImage blend(byte[] degenerate, RawImage image, double factor) {
        float alpha = (float) factor;
        byte[] rgb = image.rgb();
        byte[] out = new byte[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            int from = degenerate[i] & 0xff;
            float value = from + alpha * ((rgb[i] & 0xff) - from);
            out[i] = (byte) (int) Math.max(0, Math.min(255, value));
        }
        return new RawImage(image.width(), image.height(), out);
    }
}
