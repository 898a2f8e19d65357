package dev.inlay.tuning.mixed;

import dev.inlay.tuning.Tuning;

/** A tuning as batches take it, with what says whose images its own can be together with. Equal to itself alone. */
public final class BatchableTuning {
    private final Tuning tuning;
    private final Route route;

    /**
     * @param tuning borrowed, must outlive this object
     */
    public BatchableTuning(Tuning tuning) {
        this.tuning = tuning;
        this.route = Route.of(tuning.filling());
    }

    /** The tuning; borrowed. */
    public Tuning tuning() {
        return tuning;
    }

    /**
     * Whether images of this tuning are computed apart from those of every other where a batch mixes several: wherever it
     * has matrices or filters of its own, or other images. Some images of the first blocks may still be computed together.
     */
    public boolean runsApart() {
        return route.isOwn();
    }

    Route route() {
        return route;
    }
}
