package dev.inlay.config;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.inlay.error.ConfigException;
import dev.inlay.error.Libraries;
import dev.inlay.error.StorageException;
import dev.inlay.file.HandWritten;
import dev.inlay.keys.Notation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A YAML document with overrides laid over it, before anything knows what its keys mean.
 *
 * @param source what a person calls it: the file's name
 * @param folder relative paths in the file are resolved against it
 * @param root the mapping itself
 * @param lines dotted key in the file → line, from 1
 * @param origins dotted key → the key in the file that it came from, where keys of the file were moved; a key that is not
 *     here moved with the nearest one above it
 * @param overridden dotted keys in the file that came from an override, with all keys above and below it
 * @param problems what was wrong with the overrides
 */
record ConfigTree(
        String source,
        Path folder,
        ObjectNode root,
        Map<String, Integer> lines,
        Map<String, String> origins,
        Set<String> overridden,
        List<String> problems) {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final Pattern SETTING = Pattern.compile("[A-Za-z0-9_.-]+=.*", Pattern.DOTALL);
    private static final Pattern DOTTED_KEY = Pattern.compile("[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*");

    /**
     * Reads a file.
     *
     * @throws ConfigException if it cannot be read or is not one YAML mapping
     */
    static ConfigTree read(Path file, List<String> overrides) {
        String text;
        try {
            text = HandWritten.read(file);
        } catch (IOException e) {
            String hint = SETTING.matcher(file.toString()).matches()
                    ? "; give the config first, then the settings laid over it"
                    : "";
            throw new ConfigException("config file " + file + " cannot be read: " + StorageException.reason(e) + hint);
        }
        if (text.isBlank()) {
            throw new ConfigException("config file " + file + " is empty; docs/config.md has every key");
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        return parse(text, file.toString(), folder, overrides);
    }

    /**
     * Reads a text.
     *
     * @throws ConfigException if it is not one YAML mapping
     */
    static ConfigTree parse(String yaml, String source, Path folder, List<String> overrides) {
        Libraries.require();
        Map<String, Integer> lines = new HashMap<>();
        JsonNode document = document(yaml, source, lines);
        if (document.isNull()) {
            document = JsonNodeFactory.instance.objectNode();
        }
        if (!(document instanceof ObjectNode root)) {
            throw new ConfigException(
                    source + ": expected a mapping of keys to values, found " + Notation.YAML.describe(document));
        }
        ConfigTree tree = new ConfigTree(
                source, folder.toAbsolutePath(), root, lines, Map.of(), new HashSet<>(), new ArrayList<>());
        overrides.forEach(tree::lay);
        return tree;
    }

    private void lay(String override) {
        int equals = override.indexOf('=');
        String key = equals < 0 ? override : override.substring(0, equals);
        if (equals < 0 || !DOTTED_KEY.matcher(key).matches()) {
            problems.add("override " + override + ": expected dotted.key=value");
            return;
        }
        JsonNode value;
        try {
            value = document(override.substring(equals + 1), "override " + key, new HashMap<>());
        } catch (ConfigException e) {
            problems.add(e.getMessage());
            return;
        }
        String[] names = key.split("\\.");
        ObjectNode node = root;
        String path = "";
        for (int i = 0; i < names.length - 1; i++) {
            path = path.isEmpty() ? names[i] : path + "." + names[i];
            JsonNode below = node.get(names[i]);
            if (below == null || below.isNull()) {
                below = node.putObject(names[i]);
                overridden.add(path);
            }
            if (!(below instanceof ObjectNode section)) {
                problems.add(
                        "override " + key + ": " + path + " is " + Notation.YAML.describe(below) + ", not a section");
                return;
            }
            node = section;
        }
        node.set(names[names.length - 1], value);
        markOverridden(key, value);
    }

    private void markOverridden(String key, JsonNode value) {
        overridden.add(key);
        value.properties().forEach(field -> markOverridden(key + "." + field.getKey(), field.getValue()));
        for (int i = 0; value.isArray() && i < value.size(); i++) {
            markOverridden(key + "[" + i + "]", value.get(i));
        }
    }

    /** The key in the file that a dotted key came from. */
    String origin(String dotted) {
        for (int end = dotted.length(); end > 0; end = above(dotted, end)) {
            String origin = origins.get(dotted.substring(0, end));
            if (origin != null) {
                return origin + dotted.substring(end);
            }
        }
        return dotted;
    }

    private static int above(String dotted, int end) {
        return Math.max(dotted.lastIndexOf('.', end - 1), dotted.lastIndexOf('[', end - 1));
    }

    /** True if a dotted key got its value from an override. */
    boolean isOverridden(String dotted) {
        return overridden.contains(origin(dotted));
    }

    /** Where a person finds a dotted key. */
    String place(String dotted) {
        String origin = origin(dotted);
        if (overridden.contains(origin)) {
            return origin + " (override)";
        }
        Integer line = lines.get(origin);
        return line == null ? origin : origin + " (line " + line + ")";
    }

    private static JsonNode document(String yaml, String source, Map<String, Integer> lines) {
        try (YAMLParser parser = YAML.createParser(yaml)) {
            JsonNode value = parser.nextToken() == null ? NullNode.getInstance() : value(parser, "", lines);
            if (parser.nextToken() != null) {
                throw new ConfigException(source + ": holds more than one YAML document; keep one");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw new ConfigException(source + ": " + YamlFault.of(e, yaml));
        } catch (IOException e) {
            throw new ConfigException(source + ": cannot be read: " + StorageException.reason(e));
        }
    }

    private static JsonNode value(YAMLParser parser, String key, Map<String, Integer> lines) throws IOException {
        lines.putIfAbsent(key, parser.currentTokenLocation().getLineNr());
        if (parser.isCurrentAlias()) {
            throw new JsonParseException(
                    parser, "aliases (*" + parser.getText() + ") are not supported; write the value out");
        }
        if (parser.getTypeId() != null) {
            throw new JsonParseException(
                    parser, "tags (" + parser.getTypeId() + ") are not supported; write the value without");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> mapping(parser, key, lines);
            case START_ARRAY -> sequence(parser, key, lines);
            case VALUE_TRUE -> JsonNodeFactory.instance.booleanNode(true);
            case VALUE_FALSE -> JsonNodeFactory.instance.booleanNode(false);
            case VALUE_NULL -> NullNode.getInstance();
            case VALUE_NUMBER_INT -> JsonNodeFactory.instance.numberNode(parser.getBigIntegerValue());
            default -> JsonNodeFactory.instance.textNode(parser.getText());
        };
    }

    private static ObjectNode mapping(YAMLParser parser, String key, Map<String, Integer> lines) throws IOException {
        ObjectNode mapping = JsonNodeFactory.instance.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            String dotted = key.isEmpty() ? name : key + "." + name;
            lines.put(dotted, parser.currentTokenLocation().getLineNr());
            parser.nextToken();
            mapping.set(name, value(parser, dotted, lines));
        }
        return mapping;
    }

    private static ArrayNode sequence(YAMLParser parser, String key, Map<String, Integer> lines) throws IOException {
        ArrayNode sequence = JsonNodeFactory.instance.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            sequence.add(value(parser, key + "[" + sequence.size() + "]", lines));
        }
        return sequence;
    }
}
