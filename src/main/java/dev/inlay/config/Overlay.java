package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A copy of a config over which parts of the same file are laid. Sections are merged key by key, anything else is
 * replaced; a section that names another {@code type} than the one below it replaces it as a whole. Every key knows where
 * in the file it came from.
 */
final class Overlay {
    private static final String TYPE = "type";

    private final ConfigTree file;
    private final ObjectNode root;
    private final Map<String, String> origins = new HashMap<>();

    /** A copy of {@code root}, a part of {@code file} in which every key has its place in the file. */
    Overlay(ConfigTree file, ObjectNode root) {
        this.file = file;
        this.root = root.deepCopy();
    }

    /** Lays a section of the file, found at the dotted key {@code place}, over the whole. */
    Overlay lay(ObjectNode section, String place) {
        merge(root, "", section, place);
        return this;
    }

    /** Replaces one key of a section by a value of the file, found at the dotted key {@code place}. */
    Overlay lay(String section, String key, JsonNode value, String place) {
        replace(section(section), dotted(section, key), key, value, place);
        return this;
    }

    /** Gives a key of a section a value that is not in the file; where the key came from stays. */
    Overlay set(String section, String key, JsonNode value) {
        section(section).set(key, value);
        return this;
    }

    /** A section of the whole, made if it is missing; the whole itself for the empty key. */
    private ObjectNode section(String key) {
        return key.isEmpty() ? root : root.withObjectProperty(key);
    }

    /** What stands at a JSON pointer now; missing if nothing does. */
    JsonNode at(String pointer) {
        return root.at(pointer);
    }

    /** The whole, to be read as a config. */
    ConfigTree tree() {
        return new ConfigTree(
                file.source(),
                file.folder(),
                root.deepCopy(),
                file.lines(),
                Map.copyOf(origins),
                file.overridden(),
                List.of());
    }

    private void merge(ObjectNode below, String key, ObjectNode above, String place) {
        if (!key.isEmpty()) {
            String replaced = origins.getOrDefault(key, key);
            below.fieldNames().forEachRemaining(name -> origins.putIfAbsent(dotted(key, name), dotted(replaced, name)));
            origins.put(key, place);
        }
        above.properties().forEach(field -> {
            String name = field.getKey();
            String from = dotted(place, name);
            if (below.get(name) instanceof ObjectNode section
                    && field.getValue() instanceof ObjectNode laid
                    && isOfSameType(section, laid)) {
                merge(section, dotted(key, name), laid, from);
            } else {
                replace(below, dotted(key, name), name, field.getValue(), from);
            }
        });
    }

    private void replace(ObjectNode section, String key, String name, JsonNode value, String from) {
        section.set(name, value.deepCopy());
        origins.keySet().removeIf(other -> other.startsWith(key + ".") || other.startsWith(key + "["));
        origins.put(key, from);
    }

    private static boolean isOfSameType(ObjectNode below, ObjectNode above) {
        return !above.has(TYPE) || above.get(TYPE).equals(below.get(TYPE));
    }

    private static String dotted(String above, String key) {
        return above.isEmpty() ? key : above + "." + key;
    }
}
