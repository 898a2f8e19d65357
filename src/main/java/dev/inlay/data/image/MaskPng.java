package dev.inlay.data.image;

import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;

/** Masks as PNGs: indexed, which {@link ImageDecoder#mask} reads again, or laid over their images for people. */
public final class MaskPng {
    /** How much of a pixel's colour is its class's, in an overlay. */
    private static final double CLASS_SHARE = 0.5;

    private MaskPng() {}

    /** The numbers of a mask, 8 bits each, with the colours of {@link MaskPalette}. */
    public static byte[] indexed(Mask mask) {
        BufferedImage image =
                new BufferedImage(mask.width(), mask.height(), BufferedImage.TYPE_BYTE_INDEXED, MaskPalette.indexed());
        image.getRaster().setDataElements(0, 0, mask.width(), mask.height(), mask.values());
        return png(image);
    }

    /**
     * An image with the colours of a mask laid over it; pixels of the number 255 as they are.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public static byte[] overlay(RawImage image, Mask mask) {
        if (image.width() != mask.width() || image.height() != mask.height()) {
            throw new IllegalArgumentException("an image of " + image.width() + " x " + image.height()
                    + " pixels and a mask of " + mask.width() + " x " + mask.height());
        }
        BufferedImage laid = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        for (int y = 0, at = 0; y < image.height(); y++) {
            for (int x = 0; x < image.width(); x++, at += 3) {
                int own =
                        (image.rgb()[at] & 0xff) << 16 | (image.rgb()[at + 1] & 0xff) << 8 | image.rgb()[at + 2] & 0xff;
                int number = mask.at(y, x);
                laid.setRGB(
                        x, y, number == 255 ? own : MaskPalette.mixed(own, MaskPalette.colour(number), CLASS_SHARE));
            }
        }
        return png(laid);
    }

    private static byte[] png(BufferedImage image) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }
}
