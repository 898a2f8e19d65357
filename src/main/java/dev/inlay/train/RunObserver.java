package dev.inlay.train;

import dev.inlay.progress.Progress;
import dev.inlay.record.RunStatus;
import java.util.function.BooleanSupplier;

/**
 * Who watches a run, and may stop it.
 *
 * @param progress shows long work
 * @param status updated all the time
 * @param stop asked after every step; true saves and stops
 */
public record RunObserver(Progress progress, RunStatus status, BooleanSupplier stop) {
    /** Nobody. */
    public static RunObserver nobody() {
        return new RunObserver(Progress.NONE, new RunStatus(), () -> false);
    }
}
