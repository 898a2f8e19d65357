package dev.inlay.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** A small copy of an image that a page can hold. */
final class Thumbnail {
    private static final int MAX_SIDE = 224;

    private Thumbnail() {}

    /** {@code image} as a JPEG in a {@code data:} address, its longest side at most 224 pixels. */
    static String dataUri(BufferedImage image) {
        return dataUri(image, MAX_SIDE);
    }

    /** The same with a longest side of at most {@code side} pixels. */
    static String dataUri(BufferedImage image, int side) {
        double scale = Math.min(1, (double) side / Math.max(image.getWidth(), image.getHeight()));
        BufferedImage small = image;
        while (small.getWidth() >= 2 * scale * image.getWidth() && small.getHeight() >= 2 && scale < 1) {
            small = resized(small, small.getWidth() / 2, small.getHeight() / 2);
        }
        small = resized(small, Math.max(1, (int) Math.round(scale * image.getWidth())), Math.max(1, (int)
                Math.round(scale * image.getHeight())));
        return dataUri(small, "jpg", "image/jpeg");
    }

    /** An image of few colours, which it keeps, as a PNG in a {@code data:} address, its longest side at most 224 pixels. */
    static String flatDataUri(BufferedImage image) {
        double scale = Math.min(1, (double) MAX_SIDE / Math.max(image.getWidth(), image.getHeight()));
        BufferedImage small = resized(
                image,
                Math.max(1, (int) Math.round(scale * image.getWidth())),
                Math.max(1, (int) Math.round(scale * image.getHeight())),
                RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        return dataUri(small, "png", "image/png");
    }

    private static String dataUri(BufferedImage image, String format, String type) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, format, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "data:" + type + ";base64," + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static BufferedImage resized(BufferedImage image, int width, int height) {
        return resized(image, width, height, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    }

    private static BufferedImage resized(BufferedImage image, int width, int height, Object interpolation) {
        BufferedImage resized = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = resized.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, interpolation);
            graphics.drawImage(image, 0, 0, width, height, Color.WHITE, null);
        } finally {
            graphics.dispose();
        }
        return resized;
    }
}
