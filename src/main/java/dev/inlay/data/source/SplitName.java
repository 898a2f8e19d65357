package dev.inlay.data.source;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The splits of a data set as folders and columns name them, in any case. */
enum SplitName {
    /** To learn from. */
    TRAIN("train", "training"),
    /** To choose settings on. */
    VALIDATION("val", "valid", "validation"),
    /** To report on. */
    TEST("test", "testing");

    private final List<String> names;

    SplitName(String... names) {
        this.names = List.of(names);
    }

    /** The split that a text names. */
    static Optional<SplitName> of(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return Stream.of(values()).filter(split -> split.names.contains(lower)).findFirst();
    }

    /** The name that messages use. */
    @Override
    public String toString() {
        return names.get(0);
    }
}
