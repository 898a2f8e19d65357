package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;

/**
 * torchvision's {@code ColorJitter}: brightness, contrast, saturation and hue in a random order, each by a random factor.
 *
 * @param brightness b of a factor in [max(0, 1 − b), 1 + b]; 0 leaves it alone
 * @param contrast in the same way
 * @param saturation in the same way
 * @param hue h of a turn in [−h, h] of the circle, in [0, 0.5]; 0 leaves it alone
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue) {
    /** Leaves colours alone. */
    public static final ColorJitter NONE = new ColorJitter(0, 0, 0, 0);

    private static final int KINDS = 4;
    private static final double MAX_HUE = 0.5;

    /**
     * @throws IllegalArgumentException if a strength is negative or not finite, or {@code hue} is above 0.5
     */
    public ColorJitter {
        double most = Math.max(brightness, Math.max(contrast, saturation));
        double least = Math.min(Math.min(brightness, contrast), Math.min(saturation, hue));
        if (!(least >= 0 && most < Double.POSITIVE_INFINITY && hue <= MAX_HUE)) {
            throw new IllegalArgumentException(
                    "brightness, contrast and saturation must be at least 0 and hue in [0, 0.5]," + " not " + brightness
                            + ", " + contrast + ", " + saturation + " and " + hue);
        }
    }

    /** Jitters brightness, contrast and saturation alike, and no hue: timm's {@code --color-jitter}. */
    public static ColorJitter of(double strength) {
        return new ColorJitter(strength, strength, strength, 0);
    }

    /** True if it changes nothing. */
    @JsonIgnore
    public boolean isNone() {
        return equals(NONE);
    }

    /** An image with other colours, drawn by {@code key}. */
    RawImage apply(RawImage image, Key key) {
        RawImage result = image;
        for (int kind : key.at("order").permutation(KINDS)) {
            double uniform = key.at(kind).uniform();
            result = switch (kind) {
                case 0 -> PillowEnhance.brightness(result, factor(brightness, uniform));
                case 1 -> PillowEnhance.contrast(result, factor(contrast, uniform));
                case 2 -> PillowEnhance.color(result, factor(saturation, uniform));
                default -> hue == 0 ? result : PillowHue.adjust(result, hue * (2 * uniform - 1));
            };
        }
        return result;
    }

    private static double factor(double strength, double uniform) {
        double least = Math.max(0, 1 - strength);
        return least + uniform * (1 + strength - least);
    }
}
