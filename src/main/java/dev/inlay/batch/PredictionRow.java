package dev.inlay.batch;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.inlay.data.LabelSpace;
import dev.inlay.task.MaskPrediction;
import dev.inlay.task.Prediction;
import java.util.List;
import java.util.Map;

/**
 * What is written of one image.
 *
 * @param path what the image is called
 * @param label name of the most probable class, where each image has one; null if the image cannot be used, and so for all below but
 *     {@code error}
 * @param index its index; {@code labelIndex} in files of before November 2026
 * @param score its softmax probability, in (0, 1]
 * @param labels the classes that the image has, best first, where it may have any number of them; else null
 * @param numbers those of the image by their names, where a task predicts numbers; else null
 * @param top the most probable classes, best first; null unless several were asked for
 * @param logits one per class; null unless asked for
 * @param embedding what the task's head sees, D numbers; null unless asked for
 * @param width of the image in pixels, where every pixel has a class; else null, and so for the next four
 * @param height of the image in pixels
 * @param shares the part of its pixels that each class has, in (0, 1], by name; without classes that have none
 * @param mask the file of its mask, from the folder of predictions; null if none was written
 * @param overlay the file of the image under its mask, from the folder of predictions; null if none was written
 * @param error why the image cannot be used; null if it can
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({
    "path",
    "label",
    "index",
    "score",
    "labels",
    "numbers",
    "top",
    "logits",
    "embedding",
    "width",
    "height",
    "shares",
    "mask",
    "overlay",
    "error"
})
public record PredictionRow(
        String path,
        String label,
        @JsonAlias(PredictionRow.INDEX_BEFORE) Integer index,
        Double score,
        List<Top> labels,
        Map<String, Double> numbers,
        List<Top> top,
        float[] logits,
        float[] embedding,
        Integer width,
        Integer height,
        Map<String, Double> shares,
        String mask,
        String overlay,
        String error) {
    /** What {@code index} was called in files of before November 2026. */
    public static final String INDEX_BEFORE = "labelIndex";

    /** A row of labels or numbers. */
    public PredictionRow(
            String path,
            String label,
            Integer index,
            Double score,
            List<Top> labels,
            Map<String, Double> numbers,
            List<Top> top,
            float[] logits,
            float[] embedding,
            String error) {
        this(path, label, index, score, labels, numbers, top, logits, embedding, null, null, null, null, null, error);
    }

    /**
     * A class and how probable it is.
     *
     * @param label its name
     * @param index its index; null in a row of before November 2026
     * @param score its softmax probability, in [0, 1]
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Top(String label, Integer index, double score) {
        private static Top of(Prediction.Ranked ranked) {
            return new Top(ranked.label(), ranked.index(), ranked.score());
        }
    }

    /**
     * What a model says.
     *
     * @param topK how many classes; 1 leaves {@code top} out
     * @param logits whether the logits are written
     */
    public static PredictionRow of(Prediction prediction, int topK, boolean logits) {
        String id = prediction.id();
        float[] raw = logits ? prediction.logits() : null;
        if (prediction.labels().kind() == LabelSpace.Kind.NUMBERS) {
            return new PredictionRow(id, null, null, null, null, prediction.numbers(), null, raw, null, null);
        }
        List<Top> top = topK > 1 ? tops(prediction.top(topK)) : null;
        if (prediction.labels().kind() == LabelSpace.Kind.MULTI) {
            return new PredictionRow(id, null, null, null, tops(prediction.classes()), null, top, raw, null, null);
        }
        Prediction.Ranked best = prediction.top(1).get(0);
        return new PredictionRow(id, best.label(), best.index(), best.score(), null, null, top, raw, null, null);
    }

    /** What a model says about the pixels of an image, whose mask is in no file yet. */
    public static PredictionRow of(MaskPrediction prediction) {
        return masked(
                prediction.id(),
                prediction.mask().width(),
                prediction.mask().height(),
                prediction.shares(),
                null,
                null);
    }

    private static PredictionRow masked(
            String path, Integer width, Integer height, Map<String, Double> shares, String mask, String overlay) {
        return new PredictionRow(
                path, null, null, null, null, null, null, null, null, width, height, shares, mask, overlay, null);
    }

    /** The same with the files of its mask and, unless null, its overlay. */
    PredictionRow named(String maskFile, String overlayFile) {
        return masked(path, width, height, shares, maskFile, overlayFile);
    }

    private static List<Top> tops(List<Prediction.Ranked> ranked) {
        return ranked.stream().map(Top::of).toList();
    }

    /** The same with an embedding, D numbers. */
    public PredictionRow with(float[] features) {
        return new PredictionRow(path, label, index, score, labels, numbers, top, logits, features, error);
    }

    /** An image that cannot be used. */
    public static PredictionRow unusable(String path, String error) {
        return new PredictionRow(path, null, null, null, null, null, null, null, null, error);
    }
}
