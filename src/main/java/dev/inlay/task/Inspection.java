package dev.inlay.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What a file holds: the weights of a backbone in any layout and format, scores, a plan, a task, or any other tensors.
 *
 * @param title the kind of the file and its path
 * @param rows facts, in the order to show them
 * @param details what does not fit in a row, such as a plan's table, in lines; empty if there is nothing
 */
public record Inspection(String title, List<Row> rows, String details) {
    private static final int WIDEST_VALUE = 160;

    /**
     * One fact.
     *
     * @param key a name for programs and people, dotted where it belongs to something larger
     * @param value a number, a text, a list of texts, or an object
     */
    public record Row(String key, JsonNode value) {
        /** The value in one line: whole numbers in groups of three digits, long texts cut. */
        public String shown() {
            if (value.isIntegralNumber()) {
                return String.format(Locale.ROOT, "%,d", value.longValue());
            }
            String line = text().strip().replaceAll("\\s*\\R\\s*", "; ");
            return line.length() <= WIDEST_VALUE ? line : line.substring(0, WIDEST_VALUE - 1) + "…";
        }

        private String text() {
            if (value.isArray()) {
                return StreamSupport.stream(value.spliterator(), false)
                        .map(JsonNode::asText)
                        .collect(Collectors.joining(", "));
            }
            return value.isObject() ? value.toString() : value.asText();
        }
    }

    /** Copies the rows. */
    public Inspection {
        rows = List.copyOf(rows);
    }

    /**
     * Looks into a file. LibTorch is loaded for the fingerprint of a backbone, and for nothing else.
     *
     * @throws DataException if the file cannot be read, is damaged, or is neither JSON nor safetensors
     */
    public static Inspection of(Path file) {
        return switch (FileKind.of(file)) {
            case TASK -> TaskInspection.of(file);
            case WEIGHTS -> WeightsInspection.of(file);
            case PLAN -> PlanInspection.of(file);
            case SCORES -> TensorsInspection.of("sensitivity scores", file);
            case EXAMPLES -> TensorsInspection.of("images and labels", file);
            case TENSORS -> TensorsInspection.of("tensors", file);
        };
    }

    /** All of it as lines for people, each ending with a line feed. */
    public String text() {
        int widest = rows.stream().mapToInt(row -> row.key().length()).max().orElse(0);
        StringBuilder text = new StringBuilder(title).append("\n\n");
        for (Row row : rows) {
            String gap = " ".repeat(widest - row.key().length() + 2);
            text.append(("  " + row.key() + gap + row.shown()).stripTrailing()).append('\n');
        }
        return details.isEmpty()
                ? text.toString()
                : text.append('\n').append(details).toString();
    }

    /** The rows as one JSON object, values uncut. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        rows.forEach(row -> json.set(row.key(), row.value()));
        return json;
    }
}
