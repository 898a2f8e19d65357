package dev.inlay.serve;

import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.UnknownTaskException;
import java.util.concurrent.CancellationException;

/** How a request ended. */
public enum Outcome {
    /** All its images were answered. */
    OK,
    /** There was no room for it, or the predictor was closed before its turn. */
    OVERLOAD,
    /** Its time ran out while it waited. */
    DEADLINE,
    /** Whoever asked withdrew it. */
    CANCELLED,
    /** There was no task of its name. */
    UNKNOWN_TASK,
    /** Its images could not be used. */
    BAD_INPUT,
    /** Anything else: a fault of the task, of this library or of the machine. */
    FAILED;

    /**
     * The outcome of a future that was completed.
     *
     * @param failure null if it has answers
     */
    static Outcome of(Throwable failure) {
        if (failure == null) {
            return OK;
        } else if (failure instanceof OverloadException) {
            return OVERLOAD;
        } else if (failure instanceof DeadlineException) {
            return DEADLINE;
        } else if (failure instanceof CancellationException) {
            return CANCELLED;
        } else if (failure instanceof UnknownTaskException) {
            return UNKNOWN_TASK;
        } else if (failure instanceof DataException) {
            return BAD_INPUT;
        } else {
            return FAILED;
        }
    }
}
