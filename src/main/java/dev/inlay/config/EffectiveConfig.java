package dev.inlay.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A config written out in full: every key that applies, defaults filled in, in the order of the documentation.
 *
 * @param json the settings, paths absolute; reading this text as a config gives an equal config
 * @param portable the settings with only the last name of each path, equal on every machine
 */
public record EffectiveConfig(String json, String portable) {
    private static final int SHOWN = 5;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    static EffectiveConfig of(Section root) {
        return new EffectiveConfig(
                root.settings().toPrettyString(),
                portable(root.settings(), "", root.pathKeys()).toPrettyString());
    }

    /**
     * In what two configs differ, for people: each key with its values, the first {@value #SHOWN} of them.
     *
     * @param kept what {@link #json} once was
     * @param given what it is now
     */
    public static String differences(String kept, String given) {
        Map<String, String> then = leaves(kept);
        Map<String, String> now = leaves(given);
        Set<String> keys = new LinkedHashSet<>(then.keySet());
        keys.addAll(now.keySet());
        List<String> differences = keys.stream()
                .filter(key -> !Objects.equals(then.get(key), now.get(key)))
                .map(key -> key + " was " + then.getOrDefault(key, "not set") + " and is "
                        + now.getOrDefault(key, "not set"))
                .toList();
        if (differences.isEmpty()) {
            return "another text of it";
        }
        int more = differences.size() - SHOWN;
        return String.join(", ", differences.subList(0, Math.min(SHOWN, differences.size())))
                + (more > 0 ? " and " + more + " more" : "");
    }

    private static Map<String, String> leaves(String json) {
        Map<String, String> leaves = new LinkedHashMap<>();
        try {
            addLeaves("", JSON.readTree(json), leaves);
        } catch (JsonProcessingException e) {
            leaves.put("the whole", "damaged");
        }
        return leaves;
    }

    private static void addLeaves(String key, JsonNode node, Map<String, String> leaves) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field -> addLeaves(
                            key.isEmpty() ? field.getKey() : key + "." + field.getKey(), field.getValue(), leaves));
        } else {
            leaves.put(key, node.toString());
        }
    }

    private static ObjectNode portable(ObjectNode node, String prefix, Set<String> pathKeys) {
        ObjectNode copy = node.objectNode();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String key = prefix + field.getKey();
            JsonNode value = field.getValue();
            if (value instanceof ObjectNode section) {
                copy.set(field.getKey(), portable(section, key + ".", pathKeys));
            } else if (value.path(0).isObject()) {
                ArrayNode list = copy.putArray(field.getKey());
                for (int i = 0; i < value.size(); i++) {
                    list.add(portable((ObjectNode) value.get(i), key + "[" + i + "].", pathKeys));
                }
            } else if (pathKeys.contains(key)) {
                copy.put(field.getKey(), String.valueOf(Path.of(value.asText()).getFileName()));
            } else {
                copy.set(field.getKey(), value);
            }
        }
        return copy;
    }
}
