package dev.inlay.report;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Rows of text as columns of equal width, and as lines of a CSV file. */
final class TextTable {
    private static final String GAP = "   ";

    private TextTable() {}

    /**
     * Lines whose cells stand below one another.
     *
     * @param rows of equally many cells
     * @param words how many of the first columns are words and begin at the left; the others are numbers and end at the right
     */
    static String lines(List<List<String>> rows, int words) {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int c = column;
                int width = rows.stream().mapToInt(r -> r.get(c).length()).max().orElseThrow();
                String pad = " ".repeat(width - row.get(c).length());
                line.append(column == 0 ? "" : GAP);
                line.append(column < words ? row.get(c) + pad : pad + row.get(c));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** A line of a CSV file (RFC 4180, but for its end, which is that of the system's other files); null is an empty cell. */
    static String csv(Object... cells) {
        return Arrays.stream(cells)
                .map(cell -> quoted(Objects.toString(cell, "")))
                .collect(Collectors.joining(",", "", "\n"));
    }

    private static String quoted(String text) {
        return text.matches("[^,\"\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
