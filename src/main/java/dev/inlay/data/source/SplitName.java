package dev.inlay.data.source;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The splits of a data set as folders and columns name them, in any case. */
enum SplitName {
    /** To learn from. */
    TRAIN("train"),
    /** To choose settings on. */
    VALIDATION("val"),
    /** To report on. */
    TEST("test");

    private static final Map<String, SplitName> NAMES = Map.of(
            "train", TRAIN,
            "training", TRAIN,
            "val", VALIDATION,
            "valid", VALIDATION,
            "validation", VALIDATION,
            "test", TEST,
            "testing", TEST);

    private final String shown;

    SplitName(String shown) {
        this.shown = shown;
    }

    /** The split that a text names. */
    static Optional<SplitName> of(String text) {
        return Optional.ofNullable(NAMES.get(text.toLowerCase(Locale.ROOT)));
    }

    /** How a split is spelt, in the order of the alphabet. */
    static List<String> spellings(SplitName split) {
        return NAMES.entrySet().stream()
                .filter(spelling -> spelling.getValue() == split)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** The name that messages use. */
    @Override
    public String toString() {
        return shown;
    }
}
