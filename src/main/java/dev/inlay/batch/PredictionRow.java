package dev.inlay.batch;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.inlay.task.Prediction;
import java.util.List;

/**
 * What is written of one picture.
 *
 * @param path what the picture is called
 * @param label name of the most probable class; null if the picture cannot be used, and so for all below but {@code error}
 * @param labelIndex its index
 * @param score its softmax probability, in (0, 1]
 * @param top the most probable classes, best first; null unless several were asked for
 * @param logits one per class; null unless asked for
 * @param error why the picture cannot be used; null if it can
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonPropertyOrder({"path", "label", "labelIndex", "score", "top", "logits", "error"})
public record PredictionRow(
        String path, String label, Integer labelIndex, Double score, List<Top> top, float[] logits, String error) {
    /**
     * A class and how probable it is.
     *
     * @param label its name
     * @param score its softmax probability, in [0, 1]
     */
    public record Top(String label, double score) {}

    /**
     * What a model says.
     *
     * @param topK how many classes; 1 leaves {@code top} out
     * @param logits whether the logits are written
     */
    public static PredictionRow of(Prediction prediction, int topK, boolean logits) {
        Prediction.Ranked best = prediction.top(1).get(0);
        List<Top> top = topK > 1
                ? prediction.top(topK).stream()
                        .map(ranked -> new Top(ranked.className(), ranked.score()))
                        .toList()
                : null;
        return new PredictionRow(
                prediction.id(),
                best.className(),
                best.label(),
                best.score(),
                top,
                logits ? prediction.logits() : null,
                null);
    }

    /** A picture that cannot be used. */
    public static PredictionRow unusable(String path, String error) {
        return new PredictionRow(path, null, null, null, null, null, error);
    }
}
