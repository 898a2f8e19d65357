package dev.inlay.parallel;

import dev.inlay.error.InlayException;

/** Another rank is gone, or does not come forward. */
public final class LostRankException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param who the rank, and how it was missed or ended
     */
    public LostRankException(String who) {
        super(who + "; so the run ends: what was saved last stands; rerun the same command to resume");
    }
}
