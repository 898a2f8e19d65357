package dev.inlay.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well the pixels of images were told apart on one split. Counts are over the pixels of all images together; those that do not
 * count in a mask are left out.
 *
 * @param meanIou mean of {@code perClassIou}, in [0, 1]
 * @param pixelAccuracy fraction of pixels whose class is right, in [0, 1]
 * @param meanAccuracy mean over the classes that occur of that fraction, in [0, 1]
 * @param boundaryF mean over classes of the mean over images of how well outlines are met, in [0, 1]; null where there are none
 * @param crossEntropy mean over images of the mean over their pixels, in nats
 * @param perClassIou intersection over union by class; null for a class that neither masks nor predictions have
 * @param examples how many images the numbers rest on
 */
public record MaskQuality(
        double meanIou,
        double pixelAccuracy,
        double meanAccuracy,
        Double boundaryF,
        double crossEntropy,
        Map<String, Double> perClassIou,
        long examples)
        implements Quality {
    /**
     * Copies the map.
     *
     * @throws IllegalArgumentException if a fraction is outside [0, 1], the cross-entropy not finite or the count negative
     */
    public MaskQuality {
        Check.fraction("meanIou", meanIou);
        Check.fraction("pixelAccuracy", pixelAccuracy);
        Check.fraction("meanAccuracy", meanAccuracy);
        Check.finite("crossEntropy", crossEntropy);
        Check.notNegative("examples", examples);
        perClassIou = Collections.unmodifiableMap(new LinkedHashMap<>(perClassIou));
    }

    @Override
    public double score() {
        return meanIou;
    }

    @Override
    public String scoreName() {
        return "mean IoU";
    }

    @JsonIgnore
    @Override
    public Map<String, Double> figures() {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("meanIou", meanIou);
        figures.put("pixelAccuracy", pixelAccuracy);
        figures.put("meanAccuracy", meanAccuracy);
        if (boundaryF != null) {
            figures.put("boundaryF", boundaryF);
        }
        figures.put("crossEntropy", crossEntropy);
        return figures;
    }
}
