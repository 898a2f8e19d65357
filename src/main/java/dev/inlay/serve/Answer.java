package dev.inlay.serve;

import dev.inlay.task.Prediction;

/**
 * What a task says about one image.
 *
 * @param prediction logits, probabilities and the most probable classes; its id is the image's index in the request
 * @param embedding (D) the features that the task's classifier sees
 */
@SuppressWarnings("ArrayRecordComponent") // made for one reader, never compared
public record Answer(Prediction prediction, float[] embedding) {
    /** Returns the prediction in words. */
    @Override
    public String toString() {
        return prediction.toString();
    }
}
