package dev.inlay.report;

import java.awt.image.BufferedImage;

/**
 * An image beside its masks, all of any size.
 *
 * @param image as the network saw it
 * @param truth its mask, each class in its colour
 * @param predicted the predicted mask, in the same colours
 * @param errors which pixels are wrong, in {@link MaskImagesSection#WRONG}, and which right, in {@link MaskImagesSection#RIGHT};
 *     those that do not count in white
 */
public record MaskViews(BufferedImage image, BufferedImage truth, BufferedImage predicted, BufferedImage errors) {}
