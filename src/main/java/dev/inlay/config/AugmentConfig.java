package dev.inlay.config;

/**
 * Random changes to training images.
 *
 * @param flip mirror half of the images left to right
 * @param crop how a part of the image is chosen
 * @param minArea smallest part of the area that {@link Crop#RESIZED} takes, in (0, 1]
 */
public record AugmentConfig(boolean flip, Crop crop, double minArea) {
    /** How the part of a training image that is used is chosen. */
    public enum Crop {
        /** As in evaluation. */
        CENTER,
        /** A random place of the resized image. */
        RANDOM,
        /** A random area and aspect (3:4 to 4:3) of the image, resized: "Inception" cropping. */
        RESIZED
    }

    /** No random changes. */
    public static final AugmentConfig NONE = new AugmentConfig(false, Crop.CENTER, 1.0);

    static AugmentConfig read(Section section) {
        AugmentConfig config = new AugmentConfig(
                section.flag("flip", false),
                section.choice("crop", Crop.CENTER),
                section.number("minArea", 0.08, 1e-3, 1.0));
        section.end();
        return config;
    }
}
