package dev.inlay.task;

import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.Mask;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model says about the pixels of one image.
 *
 * @param id what a person calls the image: its path, or its index
 * @param labels the classes
 * @param mask the class of every pixel, in the size of the image's file
 */
public record MaskPrediction(String id, PixelClasses labels, Mask mask) {
    /** Returns the part of the pixels that each class has, in [0, 1], by name; without classes that have none. */
    public Map<String, Double> shares() {
        long[] pixels = new long[labels.size()];
        mask.addCounts(pixels);
        Map<String, Double> shares = new LinkedHashMap<>();
        for (int c = 0; c < pixels.length; c++) {
            if (pixels[c] > 0) {
                shares.put(labels.names().get(c), (double) pixels[c] / mask.values().length);
            }
        }
        return shares;
    }
}
