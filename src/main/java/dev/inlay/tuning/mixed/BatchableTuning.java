package dev.inlay.tuning.mixed;

import dev.inlay.tuning.Tuning;

/** A tuning with the key that decides which others it can share a batch with. Equal to itself alone. */
public final class BatchableTuning {
    private final Tuning tuning;
    private final BatchKey key;

    /**
     * @param tuning borrowed, must outlive this object
     */
    public BatchableTuning(Tuning tuning) {
        this.tuning = tuning;
        this.key = BatchKey.of(tuning.hooks());
    }

    /** The tuning; borrowed. */
    public Tuning tuning() {
        return tuning;
    }

    /**
     * Whether images of this tuning are computed apart from those of every other where a batch mixes several: wherever it
     * has matrices or filters of its own, or other images. Some images of the first blocks may still be computed together.
     */
    public boolean needsOwnPass() {
        return key.isOwn();
    }

    BatchKey batchKey() {
        return key;
    }
}
