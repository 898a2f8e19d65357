package dev.inlay.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.inlay.error.DataException;
import dev.inlay.error.StorageException;
import dev.inlay.task.Inspection.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Collects the rows of an {@link Inspection}. */
final class InspectionRows {
    private final List<Row> rows = new ArrayList<>();

    InspectionRows add(String key, JsonNode value) {
        rows.add(new Row(key, value));
        return this;
    }

    InspectionRows add(String key, long value) {
        return add(key, LongNode.valueOf(value));
    }

    InspectionRows add(String key, double value) {
        return add(key, DoubleNode.valueOf(value));
    }

    InspectionRows add(String key, String value) {
        return add(key, TextNode.valueOf(value));
    }

    InspectionRows add(String key, List<String> values) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        values.forEach(list::add);
        return add(key, list);
    }

    /** The size of a file. */
    InspectionRows addBytes(Path file) {
        try {
            return add("bytes", Files.size(file));
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
        }
    }

    List<Row> list() {
        return rows;
    }
}
