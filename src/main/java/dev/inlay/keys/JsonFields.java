package dev.inlay.keys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The fields of one JSON object, read strictly: every failure is a {@link DataException} that names the file, the key,
 * what was expected and what was found.
 */
public final class JsonFields {
    private final String source;
    private final String path;
    private final JsonNode object;

    private JsonFields(String source, String path, JsonNode object) {
        this.source = source;
        this.path = path;
        this.object = object;
    }

    /**
     * The fields of an object.
     *
     * @param source the file, for messages
     * @param keys all that the object has
     * @throws DataException if the root is no object, a key is missing or unknown
     */
    public static JsonFields root(String source, JsonNode root, String... keys) {
        if (!root.isObject()) {
            throw new DataException(source + ": expected a JSON object, found " + describe(root));
        }
        return new JsonFields(source, "", root).withExactly(keys);
    }

    /**
     * The fields of the object at a key.
     *
     * @param keys all that the object has
     */
    public JsonFields object(String key, String... keys) {
        return objectOfAnyKeys(key).withExactly(keys);
    }

    /** The object at a key, whatever its fields. */
    public ObjectNode tree(String key) {
        return (ObjectNode) objectOfAnyKeys(key).object;
    }

    /**
     * The entries of an object whose keys are data, in file order.
     *
     * @param read from the fields of that object and one of its keys
     */
    public <T> List<T> entries(String key, BiFunction<JsonFields, String, T> read) {
        JsonFields fields = objectOfAnyKeys(key);
        List<T> entries = new ArrayList<>();
        fields.object.fieldNames().forEachRemaining(name -> entries.add(read.apply(fields, name)));
        return entries;
    }

    /** The text at a key. */
    public String text(String key) {
        JsonNode value = object.get(key);
        return value.isTextual() ? value.textValue() : this.<String>refuse(key, "text", value);
    }

    /** {@code true} or {@code false} at a key. */
    public boolean flag(String key) {
        JsonNode value = object.get(key);
        return value.isBoolean() ? value.booleanValue() : this.<Boolean>refuse(key, "true or false", value);
    }

    /** The number at a key. */
    public double number(String key) {
        JsonNode value = object.get(key);
        return value.isNumber() ? value.doubleValue() : this.<Double>refuse(key, "a number", value);
    }

    /** Whether null is at a key. */
    public boolean isNull(String key) {
        return object.get(key).isNull();
    }

    /** The whole number at a key, in [{@code min}, {@code max}]. */
    public long integer(String key, long min, long max) {
        JsonNode value = object.get(key);
        return isBetween(value, min, max) ? value.longValue() : this.<Long>refuse(key, range(min, max), value);
    }

    /** The whole number at a key, at least {@code min}. */
    public int smallInteger(String key, int min) {
        return (int) integer(key, min, Integer.MAX_VALUE);
    }

    /** Refuses another text at a key. */
    public void expect(String key, String text) {
        if (!text(key).equals(text)) {
            refuse(key, "\"" + text + "\"", object.get(key));
        }
    }

    /** Refuses another number at a key than the sum of its parts. */
    public void expect(String key, long sum) {
        if (integer(key, 0, Long.MAX_VALUE) != sum) {
            refuse(key, "the sum of its parts, " + sum, object.get(key));
        }
    }

    /**
     * The constant whose {@link #label} is at a key.
     *
     * @param constants the allowed ones
     */
    public <E extends Enum<E>> E choice(String key, E[] constants) {
        String text = text(key);
        return Stream.of(constants)
                .filter(constant -> label(constant).equals(text))
                .findFirst()
                .orElseGet(() -> refuse(
                        key,
                        "one of " + Stream.of(constants).map(JsonFields::label).collect(Collectors.joining(", ")),
                        object.get(key)));
    }

    /** The list of texts at a key. */
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode value : array(key)) {
            texts.add(value.isTextual() ? value.textValue() : refuse(key + "[" + texts.size() + "]", "text", value));
        }
        return texts;
    }

    /** The list at a key of whole numbers that ascend from 0. */
    public int[] ascendingIndices(String key) {
        JsonNode array = array(key);
        int[] indices = new int[array.size()];
        int previous = -1;
        for (int i = 0; i < indices.length; i++) {
            JsonNode value = array.get(i);
            if (!isBetween(value, previous + 1L, Integer.MAX_VALUE)) {
                refuse(key + "[" + i + "]", "an index above " + previous + ", because indices ascend from 0", value);
            }
            indices[i] = value.intValue();
            previous = indices[i];
        }
        return indices;
    }

    /** How a constant is written in a file: {@code STRUCTURED_ONLY} is {@code structured-only}. */
    public static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private JsonFields objectOfAnyKeys(String key) {
        JsonNode value = object.get(key);
        return value.isObject() ? new JsonFields(source, name(key), value) : refuse(key, "an object", value);
    }

    private JsonNode array(String key) {
        JsonNode value = object.get(key);
        return value.isArray() ? value : refuse(key, "a list", value);
    }

    private JsonFields withExactly(String... keys) {
        List<String> allowed = List.of(keys);
        object.fieldNames().forEachRemaining(key -> {
            if (!allowed.contains(key)) {
                throw new DataException(source + ": unknown key '" + shortened(name(key)) + "'; allowed here: "
                        + String.join(", ", allowed) + Spelling.hint(key, allowed));
            }
        });
        for (String key : allowed) {
            if (!object.has(key)) {
                throw new DataException(source + ": key '" + name(key) + "' is missing");
            }
        }
        return this;
    }

    @SuppressWarnings("TypeParameterUnusedInFormals") // never returns
    private <T> T refuse(String key, String expected, JsonNode found) {
        throw new DataException(
                source + ": key '" + name(key) + "': expected " + expected + ", found " + describe(found));
    }

    private String name(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static boolean isBetween(JsonNode value, long min, long max) {
        return value.isIntegralNumber()
                && value.canConvertToLong()
                && value.longValue() >= min
                && value.longValue() <= max;
    }

    private static String range(long min, long max) {
        return max == Integer.MAX_VALUE || max == Long.MAX_VALUE
                ? "a whole number of at least " + min
                : "a whole number from " + min + " to " + max;
    }

    private static String describe(JsonNode value) {
        if (value.isObject()) {
            return "an object";
        }
        return value.isArray() ? "a list" : value.isMissingNode() ? "nothing" : shortened(value.toString());
    }

    /** A text of the file, fit for one line of a message. */
    public static String shortened(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "…";
    }
}
