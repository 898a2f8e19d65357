package dev.inlay.data;

import dev.inlay.data.image.MaskPng;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/** Small masks and their files. */
public final class Masks {
    private Masks() {}

    /** A mask of some numbers, row by row. */
    public static Mask of(int width, int... numbers) {
        byte[] values = new byte[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            values[i] = (byte) numbers[i];
        }
        return new Mask(width, numbers.length / width, values);
    }

    /** Writes an indexed PNG. */
    public static Path png(Path file, int width, int... numbers) {
        return Images.write(file, MaskPng.indexed(of(width, numbers)));
    }

    /** Writes a PNG of colours, each 0xRRGGBB, row by row. */
    public static Path coloured(Path file, int width, int... colours) {
        BufferedImage image = new BufferedImage(width, colours.length / width, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, image.getHeight(), colours, 0, width);
        return Images.write(file, Images.encode(image, "png"));
    }

    /** Writes an image of a size and a mask that repeats some numbers. */
    public static void pair(Path image, Path mask, int width, int height, int... numbers) {
        Images.write(image, Images.encode(Images.gradient(width, height, BufferedImage.TYPE_INT_RGB), "png"));
        int[] all = new int[width * height];
        for (int i = 0; i < all.length; i++) {
            all[i] = numbers[i % numbers.length];
        }
        png(mask, width, all);
    }
}
