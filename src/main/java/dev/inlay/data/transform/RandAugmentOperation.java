package dev.inlay.data.transform;

import dev.inlay.data.RawImage;

/** The operations that RandAugment chooses from, in timm's order, and how strong a magnitude makes them there. */
enum RandAugmentOperation {
    AUTO_CONTRAST,
    EQUALIZE,
    INVERT,
    ROTATE,
    POSTERIZE,
    SOLARIZE,
    SOLARIZE_ADD,
    COLOR,
    CONTRAST,
    BRIGHTNESS,
    SHARPNESS,
    SHEAR_X,
    SHEAR_Y,
    TRANSLATE_X_REL,
    TRANSLATE_Y_REL;

    /** Magnitudes are tenths. */
    static final double LEVELS = 10;

    /**
     * The argument of a magnitude: degrees, bits, a threshold, an amount, a factor or a share; 0 where there is none.
     *
     * @param magnitude at least 0; 10 is a level of 1
     * @param increasing whether a larger magnitude is further from the image where timm has two scales
     * @param negative the sign, where either is as likely
     */
    double argument(double magnitude, boolean increasing, boolean negative) {
        double level = magnitude / LEVELS;
        int sign = negative ? -1 : 1;
        return switch (this) {
            case AUTO_CONTRAST, EQUALIZE, INVERT -> 0;
            case ROTATE -> sign * (level * 30);
            case POSTERIZE -> increasing ? 4 - (int) (level * 4) : (int) (level * 4);
            case SOLARIZE -> {
                int threshold = Math.min(256, (int) (level * 256));
                yield increasing ? 256 - threshold : threshold;
            }
            case SOLARIZE_ADD -> Math.min(128, (int) (level * 110));
            case COLOR, CONTRAST, BRIGHTNESS, SHARPNESS ->
                increasing ? Math.max(0.1, 1 + sign * (level * 0.9)) : level * 1.8 + 0.1;
            case SHEAR_X, SHEAR_Y -> sign * (level * 0.3);
            case TRANSLATE_X_REL, TRANSLATE_Y_REL -> sign * (level * 0.45);
        };
    }

    /**
     * Changes an image.
     *
     * @param argument as {@link #argument} gives it
     * @param affine how pixels move
     */
    RawImage apply(RawImage image, double argument, PillowAffine affine) {
        return switch (this) {
            case AUTO_CONTRAST -> PillowTables.autocontrast(image);
            case EQUALIZE -> PillowTables.equalize(image);
            case INVERT -> PillowTables.invert(image);
            case ROTATE -> affine.rotate(image, argument);
            case POSTERIZE -> PillowTables.posterize(image, (int) Math.max(0, Math.min(8, argument)));
            case SOLARIZE -> PillowTables.solarize(image, (int) argument);
            case SOLARIZE_ADD -> PillowTables.solarizeAdd(image, (int) argument);
            case COLOR -> PillowEnhance.color(image, argument);
            case CONTRAST -> PillowEnhance.contrast(image, argument);
            case BRIGHTNESS -> PillowEnhance.brightness(image, argument);
            case SHARPNESS -> PillowEnhance.sharpness(image, argument);
            case SHEAR_X -> affine.shearX(image, argument);
            case SHEAR_Y -> affine.shearY(image, argument);
            case TRANSLATE_X_REL -> affine.translateX(image, argument);
            case TRANSLATE_Y_REL -> affine.translateY(image, argument);
        };
    }
}
