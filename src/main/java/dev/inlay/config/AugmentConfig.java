package dev.inlay.config;

import dev.inlay.data.transform.ColorJitter;
import dev.inlay.data.transform.RandAugment;
import dev.inlay.data.transform.RandomErasing;
import java.util.List;

/**
 * Random changes to training images.
 *
 * @param flip mirror half of the images left to right
 * @param verticalFlip turn half of the images upside down
 * @param crop how a part of the image is chosen
 * @param minArea smallest part of the area that {@link Crop#RESIZED} takes, in (0, 1]
 * @param randAugment which operations change the crop
 * @param colorJitter how colours change
 * @param randomErasing what is erased
 * @param minScale smallest scale of an image with a mask
 * @param maxScale largest scale of an image with a mask
 */
public record AugmentConfig(
        boolean flip,
        boolean verticalFlip,
        Crop crop,
        double minArea,
        RandAugment randAugment,
        ColorJitter colorJitter,
        RandomErasing randomErasing,
        double minScale,
        double maxScale) {
    private static final double MAX_JITTER = 10;
    private static final double MAX_HUE = 0.5;
    private static final double MAX_SCALE = 100;
    private static final List<String> ONLY_WITHOUT_MASKS = List.of(
            "verticalFlip",
            "crop",
            "minArea",
            "randAugment",
            "colorJitter",
            "randomErasing",
            "randomErasingMode",
            "randomErasingCount");

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
    public static final AugmentConfig NONE =
            new AugmentConfig(false, false, Crop.CENTER, 1.0, RandAugment.NONE, ColorJitter.NONE, RandomErasing.NONE);

    /** Of images without masks. */
    public AugmentConfig(
            boolean flip,
            boolean verticalFlip,
            Crop crop,
            double minArea,
            RandAugment randAugment,
            ColorJitter colorJitter,
            RandomErasing randomErasing) {
        this(flip, verticalFlip, crop, minArea, randAugment, colorJitter, randomErasing, 1, 1);
    }

    /** True if images are never changed. */
    boolean isNone() {
        return !flip
                && !verticalFlip
                && crop == Crop.CENTER
                && !changesPixels()
                && randomErasing.isNone()
                && minScale == 1
                && maxScale == 1;
    }

    /** Whether 8-bit images are changed after the crop. */
    boolean changesPixels() {
        return !randAugment.isNone() || !colorJitter.isNone();
    }

    static AugmentConfig read(Section section) {
        for (String key : List.of("minScale", "maxScale")) {
            if (section.has(key)) {
                section.problem(
                        key, "scales images and their masks, and there are none; use crop: resized with minArea");
            }
        }
        AugmentConfig config = new AugmentConfig(
                section.flag("flip", false),
                section.flag("verticalFlip", false),
                section.choice("crop", Crop.CENTER),
                section.number("minArea", 0.08, 1e-3, 1.0),
                randAugment(section),
                colorJitter(section),
                new RandomErasing(
                        section.number("randomErasing", 0.0, 0.0, 1.0),
                        section.choice("randomErasingMode", RandomErasing.Mode.PIXEL),
                        section.integer("randomErasingCount", 1, 1, 100)));
        section.end();
        return config;
    }

    /** Reads what may be done to images that have masks, which is then done to both. */
    static AugmentConfig readMasked(Section section) {
        for (String key : ONLY_WITHOUT_MASKS) {
            if (section.has(key)) {
                section.problem(key, "is not done to masks; they have flip, minScale and maxScale, with a random crop");
                section.anything(key);
            }
        }
        double minScale = section.number("minScale", 1, 0.01, MAX_SCALE);
        double maxScale = section.number("maxScale", Math.max(1, minScale), 0.01, MAX_SCALE);
        if (maxScale < minScale) {
            section.problem(
                    "maxScale",
                    "expected at least data.augment.minScale, which is " + minScale + ", found " + maxScale);
        }
        AugmentConfig config = new AugmentConfig(
                section.flag("flip", false),
                false,
                Crop.CENTER,
                1,
                RandAugment.NONE,
                ColorJitter.NONE,
                RandomErasing.NONE,
                minScale,
                maxScale);
        section.end();
        return config;
    }

    private static RandAugment randAugment(Section section) {
        try {
            return RandAugment.parse(section.text("randAugment", "none"));
        } catch (IllegalArgumentException e) {
            section.problem("randAugment", e.getMessage());
            return RandAugment.NONE;
        }
    }

    private static ColorJitter colorJitter(Section section) {
        if (!section.isSection("colorJitter")) {
            return ColorJitter.of(section.number("colorJitter", 0.0, 0.0, MAX_JITTER));
        }
        Section jitter = section.section("colorJitter");
        ColorJitter strengths = new ColorJitter(
                jitter.number("brightness", 0.0, 0.0, MAX_JITTER),
                jitter.number("contrast", 0.0, 0.0, MAX_JITTER),
                jitter.number("saturation", 0.0, 0.0, MAX_JITTER),
                jitter.number("hue", 0.0, 0.0, MAX_HUE));
        jitter.end();
        return strengths;
    }
}
