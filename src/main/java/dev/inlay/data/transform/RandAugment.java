package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * RandAugment (Cubuk et al., 2019) as timm has it: a few operations drawn with replacement, each done or left out.
 *
 * @param magnitude how strong operations are, at least 0; 10 is the far end of their scales
 * @param layers how many operations are drawn for an image; 0 for none
 * @param probability that a drawn operation is done, in [0, 1]
 * @param magnitudeStd standard deviation of an operation's magnitude; above 100 the magnitude is uniform in [0, {@code magnitude}]
 * @param magnitudeMax bound on a drawn magnitude, at least 1
 * @param increasing whether all operations are stronger with a larger magnitude
 */
public record RandAugment(
        int magnitude, int layers, double probability, double magnitudeStd, int magnitudeMax, boolean increasing) {
    /** Draws no operations. */
    public static final RandAugment NONE = new RandAugment(0, 0, 0, 0, 10, false);

    private static final double UNIFORM = 100;
    private static final Pattern TEXT = Pattern.compile(
            "rand(?:-(?:m\\d{1,3}|n\\d{1,3}|mmax\\d{1,3}|p\\d(?:\\.\\d+)?|mstd\\d{1,3}(?:\\.\\d+)?|inc[01]))*");
    private static final Pattern OPTION = Pattern.compile("-([a-z]+)([\\d.]+)");

    /**
     * @throws IllegalArgumentException if a number is out of its range
     */
    public RandAugment {
        if (magnitude < 0 || layers < 0 || magnitudeMax < 1 || !(magnitudeStd >= 0)) {
            throw new IllegalArgumentException("m and mstd must be at least 0, n and mmax at least 1");
        }
        Probability.check("p", probability);
    }

    /**
     * Reads timm's {@code --aa}: {@code rand}, then, each after a hyphen, {@code m} magnitude (10), {@code n} layers (2), {@code p}
     * probability (0.5), {@code mstd} (0), {@code mmax} (10) and {@code inc} with 1 for increasing scales.
     *
     * @param text such as {@code rand-m9-mstd0.5-inc1}, or {@code none}
     * @throws IllegalArgumentException saying what is wrong
     */
    public static RandAugment parse(String text) {
        if (text.equals("none")) {
            return NONE;
        }
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException("expected none, or RandAugment as timm writes it, such as"
                    + " rand-m9-mstd0.5-inc1 with options m, n, p, mstd, mmax and inc1, found " + text);
        }
        Map<String, Double> options = new HashMap<>();
        OPTION.matcher(text).results().forEach(found -> options.put(found.group(1), Double.valueOf(found.group(2))));
        return new RandAugment(
                options.getOrDefault("m", 10.0).intValue(),
                options.getOrDefault("n", 2.0).intValue(),
                options.getOrDefault("p", 0.5),
                options.getOrDefault("mstd", 0.0),
                options.getOrDefault("mmax", 10.0).intValue(),
                options.getOrDefault("inc", 0.0) == 1);
    }

    /** True if it changes nothing. */
    @JsonIgnore
    public boolean isNone() {
        return layers == 0;
    }

    /** An image after the operations that {@code key} draws. */
    RawImage apply(RawImage image, Key key, PillowAffine affine) {
        RandAugmentOperation[] operations = RandAugmentOperation.values();
        RawImage result = image;
        for (int layer = 0; layer < layers; layer++) {
            SplittableRandom random = key.at(layer).stream();
            RandAugmentOperation operation = operations[random.nextInt(operations.length)];
            if (random.nextDouble() < probability) {
                double argument = operation.argument(magnitude(random), increasing, random.nextBoolean());
                result = operation.apply(result, argument, affine);
            }
        }
        return result;
    }

    /** The magnitude of one operation. */
    double magnitude(SplittableRandom random) {
        double drawn = magnitude;
        if (magnitudeStd > UNIFORM) {
            drawn = random.nextDouble() * magnitude;
        } else if (magnitudeStd > 0) {
            drawn = magnitude + magnitudeStd * random.nextGaussian();
        }
        return Math.max(0, Math.min(magnitudeMax, drawn));
    }
}
