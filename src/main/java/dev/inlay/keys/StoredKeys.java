package dev.inlay.keys;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The settings of a method in a task file; every problem is a {@link DataException} at once. */
public final class StoredKeys implements Keys {
    private final String source;
    private final JsonNode json;
    private final Set<String> asked = new LinkedHashSet<>();

    /**
     * @param source what to call the file and the place in it in errors
     * @throws DataException if {@code json} is no object
     */
    public StoredKeys(String source, JsonNode json) {
        this.source = source;
        this.json = json;
        if (!json.isObject()) {
            throw new DataException(
                    source + ": expected a JSON object, found " + JsonFields.shortened(json.toString()));
        }
    }

    @Override
    public int integer(String key, int otherwise, int min, int max) {
        return read(key, otherwise, value -> integer(key, value, min, max));
    }

    private int integer(String key, JsonNode value, int min, int max) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            refuse(key, "a whole number from " + min + " to " + max, value);
        }
        return value.intValue();
    }

    @Override
    public double number(String key, double otherwise, double min, double max) {
        return read(key, otherwise, value -> {
            if (!value.isNumber() || !(value.doubleValue() >= min && value.doubleValue() <= max)) {
                refuse(key, "a number from " + min + " to " + max, value);
            }
            return value.doubleValue();
        });
    }

    @Override
    public boolean flag(String key, boolean otherwise) {
        return read(key, otherwise, value -> {
            if (!value.isBoolean()) {
                refuse(key, "true or false", value);
            }
            return value.booleanValue();
        });
    }

    @Override
    public <E extends Enum<E>> E choice(String key, E otherwise) {
        E[] constants = otherwise.getDeclaringClass().getEnumConstants();
        return read(key, otherwise, value -> {
            for (E constant : constants) {
                if (Keys.word(constant).equals(value.textValue())) {
                    return constant;
                }
            }
            refuse(
                    key,
                    "one of "
                            + String.join(
                                    ", ",
                                    Arrays.stream(constants).map(Keys::word).toList()),
                    value);
            return otherwise;
        });
    }

    @Override
    public String text(String key, String otherwise) {
        return read(key, otherwise, value -> text(key, value));
    }

    private String text(String key, JsonNode value) {
        if (!value.isTextual()) {
            refuse(key, "text", value);
        }
        return value.textValue();
    }

    @Override
    public List<String> texts(String key, List<String> otherwise) {
        return read(key, otherwise, value -> elements(key, value, element -> text(key, element)));
    }

    @Override
    public List<Integer> integers(String key, List<Integer> otherwise, int min, int max) {
        return read(key, otherwise, value -> elements(key, value, element -> integer(key, element, min, max)));
    }

    @Override
    public List<StoredKeys> members(String key) {
        String place = source + ", " + key;
        return read(key, List.of(), value -> elements(key, value, element -> new StoredKeys(place, element)));
    }

    private <T> List<T> elements(String key, JsonNode value, Function<JsonNode, T> read) {
        if (!value.isArray()) {
            refuse(key, "a list", value);
        }
        List<T> elements = new ArrayList<>();
        value.forEach(element -> elements.add(read.apply(element)));
        return List.copyOf(elements);
    }

    @Override
    public void problem(String key, String message) {
        throw new DataException(source + ": key '" + key + "': " + message);
    }

    @Override
    public void end() {
        json.fieldNames().forEachRemaining(key -> {
            if (!asked.contains(key)) {
                throw new DataException(source + ": unknown key '" + JsonFields.shortened(key) + "'; allowed here: "
                        + String.join(", ", asked));
            }
        });
    }

    private <T> T read(String key, T otherwise, Function<JsonNode, T> read) {
        asked.add(key);
        JsonNode value = json.get(key);
        return value == null ? otherwise : read.apply(value);
    }

    private void refuse(String key, String expected, JsonNode found) {
        problem(key, "expected " + expected + ", found " + JsonFields.shortened(found.toString()));
    }
}
