package dev.inlay.error;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** Lists in messages, cut short: the first of them stand for all. */
public final class Abbreviated {
    private static final int FEW = 5;

    private Abbreviated() {}

    /** The first five names on one line, and a sign that there are more. */
    public static String few(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(FEW, names.size()))) + (names.size() > FEW ? ", …" : "");
    }

    /**
     * What follows the head of a message, each on a line of its own, and how many there are besides.
     *
     * @param most how many are shown
     */
    public static String lines(Collection<String> all, int most) {
        return all.stream().limit(most).map(line -> "\n  - " + line).collect(Collectors.joining())
                + (all.size() > most ? "\n  - and " + (all.size() - most) + " more" : "");
    }
}
