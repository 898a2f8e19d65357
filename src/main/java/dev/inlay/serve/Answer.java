package dev.inlay.serve;

import dev.inlay.data.LabelSpace;
import dev.inlay.task.MaskPrediction;
import dev.inlay.task.Prediction;
import java.util.Optional;

/** What a task says about one image: a prediction, or the class of every pixel. */
public final class Answer {
    private final Optional<Prediction> prediction;
    private final Optional<MaskPrediction> mask;
    private final float[] embedding;

    /**
     * An answer of a task of classes or numbers.
     *
     * @param prediction its id is the image's index in the request
     * @param embedding (D) the features that the task's classifier sees
     */
    public Answer(Prediction prediction, float[] embedding) {
        this(Optional.of(prediction), Optional.empty(), embedding);
    }

    /**
     * An answer of a task of masks.
     *
     * @param mask its id is the image's index in the request
     */
    public Answer(MaskPrediction mask) {
        this(Optional.empty(), Optional.of(mask), new float[0]);
    }

    private Answer(Optional<Prediction> prediction, Optional<MaskPrediction> mask, float[] embedding) {
        this.prediction = prediction;
        this.mask = mask;
        this.embedding = embedding;
    }

    /** Returns what the task's labels are, and with it what there is to ask for. */
    public LabelSpace labels() {
        return prediction.map(Prediction::labels).orElseGet(() -> mask().labels());
    }

    /**
     * Returns logits, probabilities and the most probable classes, or numbers.
     *
     * @throws IllegalStateException if the task gives every pixel a class
     */
    public Prediction prediction() {
        return prediction.orElseThrow(
                () -> new IllegalStateException("the task gives every pixel a class; ask for mask()"));
    }

    /**
     * Returns the class of every pixel, in the size of the image that was given.
     *
     * @throws IllegalStateException if the task gives the image as a whole classes or numbers
     */
    public MaskPrediction mask() {
        return mask.orElseThrow(
                () -> new IllegalStateException("the task says nothing of single pixels; ask for prediction()"));
    }

    /**
     * Returns the features that the task's classifier sees, (D).
     *
     * @throws IllegalStateException if the task gives every pixel a class, where the image as a whole has none
     */
    public float[] embedding() {
        prediction();
        return embedding;
    }

    /** Returns what is said in words. */
    @Override
    public String toString() {
        return prediction.map(Prediction::toString).orElseGet(() -> mask().id() + ": " + mask().shares());
    }
}
