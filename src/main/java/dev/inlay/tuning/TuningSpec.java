package dev.inlay.tuning;

import java.util.List;

/**
 * What to tune, as an immutable value. A method of tuning is one file that holds its spec; {@code TuningMethod} registers
 * it under a name.
 */
public interface TuningSpec {
    /** The name of the method in configs and task files. */
    String method();

    /**
     * Puts this spec on a backbone: makes the trainables and attaches the hooks that use them. Unless a spec says otherwise,
     * nothing changes in what the backbone computes until the first step of training.
     *
     * @throws dev.inlay.error.ConfigException if the backbone has no tunable parameter that the spec needs
     */
    void attach(Attachment attachment);

    /** Whether the head is its last layer alone, on the backbone's features. */
    default boolean hasLinearHead() {
        return terms().stream().allMatch(term -> term == this || term.hasLinearHead());
    }

    /** The specs that this one is a sum of, in the order they are attached; itself if it is none. */
    default List<TuningSpec> terms() {
        return List.of(this);
    }

    /** The specs that are trained apart, each with a head of its own, and predict together; itself if it is one. */
    default List<TuningSpec> members() {
        return List.of(this);
    }
}
