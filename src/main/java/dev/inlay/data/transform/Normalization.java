package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.inlay.data.RawImage;
import dev.inlay.error.ConfigException;
import java.util.List;

/**
 * Samples in [0, 1] become (sample - mean) / std, per channel. In JSON and YAML either the two lists or one of the names
 * {@code imagenet}, {@code inception}, {@code none}.
 *
 * @param mean of red, green and blue
 * @param std of red, green and blue, above 0
 */
public record Normalization(List<Double> mean, List<Double> std) {
    /** Mean and deviation of ImageNet, the default of torchvision and of DeiT's weights. */
    public static final Normalization IMAGENET =
            new Normalization(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

    /** To [-1, 1], the way of Google's ViT weights. */
    public static final Normalization INCEPTION = new Normalization(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5));

    /** Samples stay in [0, 1]. */
    public static final Normalization NONE = new Normalization(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));

    /**
     * @throws IllegalArgumentException if a list has not three finite numbers or a deviation is not above 0
     */
    @JsonCreator
    public Normalization(@JsonProperty("mean") List<Double> mean, @JsonProperty("std") List<Double> std) {
        this.mean = three("mean", mean);
        this.std = three("std", std);
        if (std.stream().anyMatch(deviation -> deviation <= 0)) {
            throw new IllegalArgumentException("std must be above 0, not " + std);
        }
    }

    /**
     * The normalisation of that name.
     *
     * @throws ConfigException listing the names, if there is none
     */
    @JsonCreator
    public static Normalization named(String name) {
        return switch (name) {
            case "imagenet" -> IMAGENET;
            case "inception" -> INCEPTION;
            case "none" -> NONE;
            default ->
                throw new ConfigException(
                        "normalization: expected imagenet, inception, none, or mean and std; found " + name);
        };
    }

    /** What the 8-bit samples 0 … 255 become, by channel, in float32 as torchvision computes it. */
    float[][] tables() {
        float[][] tables = new float[3][256];
        for (int c = 0; c < 3; c++) {
            for (int sample = 0; sample < 256; sample++) {
                tables[c][sample] = apply(sample, c);
            }
        }
        return tables;
    }

    /** What a sample in [0, 255] of channel {@code c} becomes. */
    float apply(float sample, int c) {
        return (sample / 255f - mean.get(c).floatValue()) / std.get(c).floatValue();
    }

    /**
     * The 8-bit image that normalised numbers stand for.
     *
     * @param normalised (3, height, width) numbers from {@code offset}
     */
    public RawImage image(float[] normalised, int offset, int height, int width) {
        byte[] rgb = new byte[3 * height * width];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < height * width; i++) {
                double sample = normalised[offset + c * height * width + i] * std.get(c) + mean.get(c);
                rgb[3 * i + c] = (byte) Math.max(0, Math.min(255, Math.round(255 * sample)));
            }
        }
        return new RawImage(width, height, rgb);
    }

    /** The mean as 8-bit red, green and blue, halves rounded to even, as timm fills with. */
    int[] meanColor() {
        return mean.stream()
                .mapToInt(value -> (int) Math.max(0, Math.min(255, Math.rint(255 * value))))
                .toArray();
    }

    private static List<Double> three(String name, List<Double> values) {
        if (values == null || values.size() != 3 || !values.stream().allMatch(v -> v != null && Double.isFinite(v))) {
            throw new IllegalArgumentException(name + " must be three numbers (red, green, blue), not " + values);
        }
        return List.copyOf(values);
    }
}
