package dev.inlay.serve.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.data.Mask;
import dev.inlay.data.image.MaskPalette;
import dev.inlay.data.image.MaskPng;
import dev.inlay.task.MaskPrediction;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** How an answer in JSON has the class of every pixel; the classes and their shares it has in any case. */
enum MaskForm {
    /** {@link RunLengths} of each class. */
    RLE,
    /** An indexed PNG, in Base64. */
    PNG,
    /** Not at all. */
    NONE;

    /** The value of the parameter {@code mask}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Adds the size, and the classes that the mask has, the largest first. */
    void put(ObjectNode image, MaskPrediction prediction) {
        Mask mask = prediction.mask();
        image.put("width", mask.width()).put("height", mask.height());
        ArrayNode segments = image.putArray("segments");
        SortedMap<Integer, RunLengths> classes = RunLengths.of(mask);
        classes.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Integer, RunLengths> entry) ->
                        -entry.getValue().pixels()))
                .forEach(entry -> {
                    int index = entry.getKey();
                    ObjectNode segment = segments.addObject()
                            .put("label", prediction.labels().names().get(index))
                            .put("index", index)
                            .put("share", (double) entry.getValue().pixels() / mask.values().length)
                            .put("colour", MaskPalette.text(MaskPalette.colour(index)));
                    if (this == RLE) {
                        ObjectNode rle = segment.putObject("rle");
                        rle.putArray("size").add(mask.height()).add(mask.width());
                        entry.getValue().counts().forEach(rle.putArray("counts")::add);
                    }
                });
        if (this == PNG) {
            image.put("png", MaskPng.indexed(mask));
        }
    }
}
