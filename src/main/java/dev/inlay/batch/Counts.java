package dev.inlay.batch;

import java.io.Serial;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many images.
 *
 * @param predicted now, those that cannot be used among them
 * @param unusable of those, could not be decoded
 * @param before had been predicted already
 * @param replaced of those predicted now, had been predicted before their files were exchanged
 * @param unrecorded of those before, nothing said what their files had held
 * @param unread by reason: could not be opened, so nothing is written of them and the same command tries them again
 */
public record Counts(
        long predicted, long unusable, long before, long replaced, long unrecorded, Map<String, Unread> unread)
        implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    static final Counts NONE = new Counts(0, 0, 0, 0, 0, Map.of());

    /** Makes {@code unread} ordered and unmodifiable. */
    public Counts {
        unread = Collections.unmodifiableMap(new TreeMap<>(unread));
    }

    /**
     * Images that could not be opened for one reason.
     *
     * @param images how many
     * @param example the path of one
     */
    public record Unread(long images, String example) implements Serializable {
        @Serial
        private static final long serialVersionUID = 1L;

        Unread plus(Unread other) {
            return new Unread(images + other.images, example);
        }
    }

    Counts plus(Counts other) {
        Map<String, Unread> all = new TreeMap<>(unread);
        other.unread.forEach((reason, more) -> all.merge(reason, more, Unread::plus));
        return new Counts(
                predicted + other.predicted,
                unusable + other.unusable,
                before + other.before,
                replaced + other.replaced,
                unrecorded + other.unrecorded,
                all);
    }

    /** How many could not be opened, for whatever reason. */
    public long unreadImages() {
        return unread.values().stream().mapToLong(Unread::images).sum();
    }
}
