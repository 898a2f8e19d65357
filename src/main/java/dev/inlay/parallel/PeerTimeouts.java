package dev.inlay.parallel;

import java.time.Duration;

/**
 * How long ranks wait for one another. Time in which this process itself is stopped does not count.
 *
 * @param silence after so long without a beat a rank counts as lost
 * @param idleness so long may a rank be waited for that is there, but comes to nothing; as long as all may take to come at the start
 */
public record PeerTimeouts(Duration silence, Duration idleness) {
    /** Between two beats, in ticks. */
    static final int BEAT_TICKS = 5;

    private static final int MIN_TICKS = 40;
    private static final Duration SILENCE = Duration.ofSeconds(40);

    /** Forty seconds of silence, thirty minutes of idleness. */
    public static final PeerTimeouts DEFAULT = idle(Duration.ofMinutes(30));

    /** The usual silence, but no more than {@code idleness}. */
    public static PeerTimeouts idle(Duration idleness) {
        return new PeerTimeouts(idleness.compareTo(SILENCE) < 0 ? idleness : SILENCE, idleness);
    }

    /** How often ranks are looked after. */
    Duration tick() {
        return (silence.compareTo(idleness) < 0 ? silence : idleness).dividedBy(MIN_TICKS);
    }

    long silentTicks() {
        return silence.dividedBy(tick());
    }

    long idleTicks() {
        return idleness.dividedBy(tick());
    }
}
