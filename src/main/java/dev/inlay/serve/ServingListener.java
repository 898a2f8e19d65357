package dev.inlay.serve;

/**
 * Is told what a {@link Predictor} does, when it has done it. Called by many threads, also by the one that computes, so it
 * returns quickly and throws nothing. Times are in nanoseconds.
 */
public interface ServingListener {
    /** The kind of a request for a task that is not there. */
    String NO_KIND = "none";

    /**
     * A request has ended.
     *
     * @param kind the method that its task is tuned by, such as {@code lora}, or {@link #NO_KIND}
     * @param time since it was asked for
     */
    void request(String kind, Outcome outcome, long time);

    /**
     * The images of a request are ready for the backbone.
     *
     * @param time that the transforms of all of them took, on the caller's thread
     */
    void transformed(long time);

    /**
     * An image has left the queue to be computed.
     *
     * @param time that it waited
     */
    void dequeued(long time);

    /** A batch was computed, whatever came of it. */
    void computed(Batch batch);

    /**
     * A batch of images.
     *
     * @param images how many there were
     * @param tasks of how many tasks
     * @param backbone time that took what the images share, and bringing them there
     * @param deltas time that took what their tasks change in the backbone's pass
     * @param heads time that took the classifiers and reading what they gave
     */
    record Batch(int images, int tasks, long backbone, long deltas, long heads) {}
}
