package dev.inlay.data.source;

import dev.inlay.error.Abbreviated;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.List;

/** Everything wrong with a data set, told at once. */
final class DatasetProblems {
    private static final int SHOWN = 20;

    private final List<String> lines = new ArrayList<>();

    void add(String place, String problem) {
        lines.add(place + ": " + problem);
    }

    /**
     * @param source the folder or file that holds the problems
     * @throws DataException if there are any: the first 20 and the count of all
     */
    void throwIfAny(String source) {
        if (lines.isEmpty()) {
            return;
        }
        throw new DataException(source + ": " + lines.size() + (lines.size() == 1 ? " problem" : " problems")
                + Abbreviated.lines(lines, SHOWN));
    }
}
