package dev.inlay.data.transform;

import dev.inlay.data.RawImage;

/**
 * torchvision's {@code adjust_hue} on 8-bit RGB, bit for bit: to Pillow's 8-bit HSV, a turn of the hue, and back
 * (src/libImaging/Convert.c).
 */
final class PillowHue {
    private PillowHue() {}

    /**
     * An image with another hue.
     *
     * @param turn in [-0.5, 0.5] of the whole circle
     */
    static RawImage adjust(RawImage image, double turn) {
        int shift = (int) (turn * 255);
        byte[] in = image.rgb();
        byte[] out = new byte[in.length];
        for (int i = 0; i < in.length; i += 3) {
            int red = in[i] & 0xff;
            int green = in[i + 1] & 0xff;
            int blue = in[i + 2] & 0xff;
            int value = Math.max(red, Math.max(green, blue));
            int range = value - Math.min(red, Math.min(green, blue));
            int hue = range == 0 ? 0 : hue(red, green, blue, value, range);
            int saturation = range == 0 ? 0 : (int) ((float) range / value * 255.0);
            rgb((hue + shift) & 0xff, saturation, value, out, i);
        }
        return new RawImage(image.width(), image.height(), out);
    }

    private static int hue(int red, int green, int blue, int value, float range) {
        float toRed = (value - red) / range;
        float toGreen = (value - green) / range;
        float toBlue = (value - blue) / range;
        float hue;
        if (red == value) {
            hue = toBlue - toGreen;
        } else if (green == value) {
            hue = (float) (2.0 + toRed - toBlue);
        } else {
            hue = (float) (4.0 + toGreen - toRed);
        }
        return (int) ((float) ((hue / 6.0 + 1.0) % 1.0) * 255.0);
    }

    private static void rgb(int hue, int saturation, int value, byte[] out, int at) {
        int sector = (int) (hue * 6.0 / 255.0);
        float within = (float) (hue * 6.0 / 255.0 - sector);
        float share = (float) (saturation / 255.0);
        byte most = (byte) value;
        byte least = (byte) Math.round(value * (1.0 - share));
        byte falling = (byte) Math.round(value * (1.0 - share * within));
        byte rising = (byte) Math.round(value * (1.0 - share * (1.0 - within)));
        switch (sector % 6) {
            case 0 -> set(out, at, most, rising, least);
            case 1 -> set(out, at, falling, most, least);
            case 2 -> set(out, at, least, most, rising);
            case 3 -> set(out, at, least, falling, most);
            case 4 -> set(out, at, rising, least, most);
            default -> set(out, at, most, least, falling);
        }
    }

    private static void set(byte[] out, int at, byte red, byte green, byte blue) {
        out[at] = red;
        out[at + 1] = green;
        out[at + 2] = blue;
    }
}
