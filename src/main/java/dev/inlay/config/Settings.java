package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A config written out in full: every key that applies, defaults filled in, in the order of the documentation.
 *
 * @param json the settings, paths absolute; reading this text as a config gives an equal config
 * @param portable the settings with only the last name of each path, equal on every machine
 */
public record Settings(String json, String portable) {
    static Settings of(Section root) {
        return new Settings(
                root.settings().toPrettyString(),
                portable(root.settings(), "", root.pathKeys()).toPrettyString());
    }

    private static ObjectNode portable(ObjectNode node, String prefix, Set<String> pathKeys) {
        ObjectNode copy = node.objectNode();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String key = prefix + field.getKey();
            JsonNode value = field.getValue();
            if (value instanceof ObjectNode section) {
                copy.set(field.getKey(), portable(section, key + ".", pathKeys));
            } else if (pathKeys.contains(key)) {
                copy.put(field.getKey(), String.valueOf(Path.of(value.asText()).getFileName()));
            } else {
                copy.set(field.getKey(), value);
            }
        }
        return copy;
    }
}
