package dev.inlay.tuning.mixed;

import dev.inlay.tuning.Ensemble;
import dev.inlay.tuning.Tuning;
import java.util.List;

/** A task's tuning, or tunings, with the keys that decide which others they can share a batch with. Equal to itself alone. */
public final class BatchableTuning {
    private final Ensemble ensemble;
    private final List<Member> members;

    /**
     * A tuning with its key.
     *
     * @param tuning borrowed
     */
    record Member(Tuning tuning, BatchKey key) {
        private static Member of(Tuning tuning) {
            return new Member(tuning, BatchKey.of(tuning.hooks()));
        }
    }

    /**
     * @param tuning borrowed, must outlive this object
     */
    public BatchableTuning(Tuning tuning) {
        this(Ensemble.of(List.of(tuning)));
    }

    /**
     * @param ensemble borrowed, must outlive this object
     */
    public BatchableTuning(Ensemble ensemble) {
        this.ensemble = ensemble;
        this.members = ensemble.members().stream().map(Member::of).toList();
    }

    /** What predicts; borrowed. */
    public Ensemble ensemble() {
        return ensemble;
    }

    /**
     * How many members are computed apart from those of every other tuning where a batch mixes several: those that have
     * matrices or filters of their own, or other images. Some images of the first blocks may still be computed together.
     */
    public int ownPasses() {
        return (int) members.stream().filter(member -> member.key.isOwn()).count();
    }

    List<Member> members() {
        return members;
    }
}
