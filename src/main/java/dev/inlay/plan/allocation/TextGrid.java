package dev.inlay.plan.allocation;

import java.util.LinkedHashMap;
import java.util.Map;

/** Named rows and columns of text, aligned; both keep the order in which they first appear. */
final class TextGrid {
    private static final String GAP = "  ";

    private final String title;
    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    private final Map<String, Integer> widths = new LinkedHashMap<>();

    TextGrid(String title) {
        this.title = title;
    }

    void put(String row, String column, String cell) {
        rows.computeIfAbsent(row, name -> new LinkedHashMap<>()).put(column, cell);
        widths.merge(column, Math.max(column.length(), cell.length()), Math::max);
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    @Override
    public String toString() {
        int first = title.length();
        for (String row : rows.keySet()) {
            first = Math.max(first, row.length());
        }
        StringBuilder text = new StringBuilder();
        Map<String, String> headings = new LinkedHashMap<>();
        widths.keySet().forEach(column -> headings.put(column, column));
        appendLine(text, title, first, headings);
        for (Map.Entry<String, Map<String, String>> row : rows.entrySet()) {
            appendLine(text, row.getKey(), first, row.getValue());
        }
        return text.toString();
    }

    private void appendLine(StringBuilder text, String name, int first, Map<String, String> cells) {
        StringBuilder line = new StringBuilder(pad(name, first));
        widths.forEach((column, width) -> line.append(GAP).append(pad(cells.getOrDefault(column, ""), width)));
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
