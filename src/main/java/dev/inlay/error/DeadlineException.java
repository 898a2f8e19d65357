package dev.inlay.error;

import java.time.Duration;

/** A request whose time ran out before it was computed. */
public class DeadlineException extends InlayException {
    private static final long serialVersionUID = 1L;

    /**
     * @param task whose request it was
     * @param time that the request had
     */
    public DeadlineException(String task, Duration time) {
        super("task " + task + ": the request had " + text(time)
                + " and was not computed in it; give it more time, or send less at once");
    }

    private static String text(Duration time) {
        return time.toMillisPart() == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}
