package dev.inlay.report;

import dev.inlay.record.ImageIou;
import dev.inlay.record.Mistake;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** Finds the images of mistakes, of any size, and what may explain these; the page holds small copies. */
@FunctionalInterface
public interface MistakeImages {
    /** No images. */
    MistakeImages NONE = mistake -> Optional.empty();

    /** The image of a mistake, or empty if there is none to be had any more. */
    Optional<BufferedImage> of(Mistake mistake);

    /** Where the network looked in that image, or empty if that is not known. */
    default Optional<HeatMap> map(Mistake mistake) {
        return Optional.empty();
    }

    /** The training images that the network finds most like it, the nearest first; none if that is not known. */
    default List<Near> nearest(Mistake mistake) {
        return List.of();
    }

    /** An image beside its masks, or empty if they are not to be had any more. */
    default Optional<MaskViews> masks(ImageIou image) {
        return Optional.empty();
    }

    /** The colour of a class in masks, as 0xRRGGBB. */
    default int colour(int label) {
        return 0;
    }

    /** How the maps and the nearest images were found, in sentences; empty where there are none. */
    default String method() {
        return "";
    }

    /**
     * A training image near a mistake.
     *
     * @param image of any size
     * @param id what a person calls it
     * @param label the name of its class
     * @param similarity cosine of the two embeddings, in [-1, 1]
     */
    record Near(BufferedImage image, String id, String label, double similarity) {}

    /**
     * Turns what a backbone sees back into an image: {@code 255 (x std + mean)}, rounded and held to 0 … 255.
     *
     * @param image (3, H, W) floats, normalised
     * @param height H, in pixels
     * @param width W, in pixels
     * @param mean what was subtracted from each of the 3 channels of [0, 1]
     * @param std what each of the 3 channels was divided by
     * @throws IllegalArgumentException if {@code image} does not hold 3 H W numbers or there are not 3 channels
     */
    static BufferedImage ofNormalised(float[] image, int height, int width, float[] mean, float[] std) {
        if (image.length != 3 * height * width || mean.length != 3 || std.length != 3) {
            throw new IllegalArgumentException(
                    "expected 3 × " + height + " × " + width + " numbers and 3 channels, found " + image.length
                            + " numbers, " + mean.length + " means, " + std.length + " deviations");
        }
        BufferedImage bitmap = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = 0;
                for (int c = 0; c < 3; c++) {
                    float value = 255 * (image[(c * height + y) * width + x] * std[c] + mean[c]);
                    rgb = rgb << 8 | Math.max(0, Math.min(255, Math.round(value)));
                }
                bitmap.setRGB(x, y, rgb);
            }
        }
        return bitmap;
    }
}
