package dev.inlay.keys;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One object of JSON or YAML, read key by key. A read that is given what it means if the key is absent is of an optional
 * key; every other key must be there. What does not fit becomes a problem, and its {@link Problems} say whether reading
 * goes on: then with the default, or for a key that must be there with 0, false, an empty text or list.
 */
public class KeyReader implements Keys {
    private static final String TEXT = "text";
    private static final String FLAG = "true or false";

    private final Notation notation;
    private final String path;
    private final JsonNode object;
    private final Problems problems;
    private final Set<String> asked = new LinkedHashSet<>();

    /**
     * @param path dotted key of the object; empty for the outermost
     * @param object what holds the keys
     */
    public KeyReader(Notation notation, String path, ObjectNode object, Problems problems) {
        this.notation = notation;
        this.path = path;
        this.object = object;
        this.problems = problems;
    }

    /**
     * Reads JSON of Inlay's own; every problem is thrown at once.
     *
     * @param source the file and the place in it, for messages
     * @throws DataException if {@code json} is no object
     */
    public static KeyReader of(String source, JsonNode json) {
        if (json instanceof ObjectNode object) {
            return new KeyReader(Notation.JSON, "", object, Problems.refusing(source));
        }
        throw new DataException(source + ": expected a JSON object, found " + Notation.JSON.describe(json));
    }

    /** Notes every key that is not one of these, and every one of these that is not there; gives this object. */
    public final KeyReader withExactly(String... keys) {
        Set<String> allowed = new LinkedHashSet<>(List.of(keys));
        names().forEach(name -> {
            if (!allowed.contains(name)) {
                problems.addUnknown(dotted(name), allowed);
            }
        });
        for (String key : allowed) {
            if (!object.has(key)) {
                problems.addMissing(dotted(key));
            }
        }
        return this;
    }

    @Override
    public void end() {
        names().forEach(name -> {
            if (!asked.contains(name)) {
                problems.addUnknown(dotted(name), asked);
            }
        });
    }

    @Override
    public final void problem(String key, String message) {
        problems.add(dotted(key), message);
    }

    /** Notes what was expected and what was found. */
    protected final void reject(String key, String expected, JsonNode found) {
        problem(key, "expected " + expected + ", found " + notation.describe(found));
    }

    /** The value of a key, which counts as asked for; empty if it is absent. */
    protected Optional<JsonNode> value(String key) {
        asked.add(key);
        JsonNode value = object.get(key);
        return notation.isAbsent(value) ? Optional.empty() : Optional.of(value);
    }

    /**
     * Is told what an optional key came to.
     *
     * @param value a number, boolean, text or list of these
     */
    protected void took(String key, Object value) {}

    /** The dotted key of one of this object's. */
    protected final String dotted(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** The keys asked for so far. */
    protected final Set<String> asked() {
        return asked;
    }

    /** The keys that the object has. */
    public final List<String> names() {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Whether a key has a value. */
    public final boolean has(String key) {
        return value(key).isPresent();
    }

    /** Whether null is at a key. */
    public final boolean isNull(String key) {
        return object.path(key).isNull();
    }

    // optional keys

    @Override
    public final int integer(String key, int otherwise, int min, int max) {
        return (int) whole(key, otherwise, min, max);
    }

    /** A whole number in [{@code min}, {@code max}]. */
    public final long whole(String key, long otherwise, long min, long max) {
        return read(key, otherwise, wholeIn(min, max), value -> whole(value, min, max));
    }

    @Override
    public final double number(String key, double otherwise, double min, double max) {
        return read(key, otherwise, numberIn(min, max), value -> number(value, min, max));
    }

    @Override
    public final boolean flag(String key, boolean otherwise) {
        return read(key, otherwise, FLAG, KeyReader::flag);
    }

    @Override
    public final String text(String key, String otherwise) {
        return read(key, otherwise, TEXT, notation::text);
    }

    /** Text, or nothing. */
    public final Optional<String> optionalText(String key) {
        Optional<String> text = value(key).flatMap(value -> fit(key, value, TEXT, notation::text));
        text.ifPresent(found -> took(key, found));
        return text;
    }

    /**
     * One of some names.
     *
     * @param known all of them, {@code otherwise} among them
     */
    public final String name(String key, String otherwise, Collection<String> known) {
        String result = text(key, otherwise);
        if (!known.contains(result)) {
            problem(key, Spelling.expected(result, known));
        }
        return result;
    }

    @Override
    public final <E extends Enum<E>> E choice(String key, E otherwise) {
        E[] constants = otherwise.getDeclaringClass().getEnumConstants();
        E result = value(key)
                .flatMap(value -> constant(key, value, constants, Keys::word))
                .orElse(otherwise);
        took(key, Keys.word(result));
        return result;
    }

    @Override
    public final List<String> texts(String key, List<String> otherwise) {
        return list(key, otherwise, "a list of words such as [a, b]", TEXT, notation::text);
    }

    @Override
    public final List<Integer> integers(String key, List<Integer> otherwise, int min, int max) {
        return list(key, otherwise, "a list of whole numbers such as [0, 1]", wholeIn(min, max), value -> whole(
                        value, min, max)
                .map(Long::intValue));
    }

    /** A list of numbers, each in [{@code min}, {@code max}]. */
    public final List<Double> numbers(String key, List<Double> otherwise, double min, double max) {
        return list(
                key,
                otherwise,
                "a list of numbers such as [0.1, 0.2]",
                numberIn(min, max),
                value -> number(value, min, max));
    }

    @Override
    public List<? extends KeyReader> members(String key) {
        return members(key, (at, member) -> new KeyReader(notation, at, member, problems));
    }

    /**
     * The members of a list of objects; one that is no object counts as an empty one.
     *
     * @param reader from the dotted key of a member, and the member
     */
    protected final <R> List<R> members(String key, BiFunction<String, ObjectNode, R> reader) {
        Optional<JsonNode> value = value(key);
        if (value.isEmpty() || !value.get().isArray()) {
            value.ifPresent(other -> reject(key, notation.objects(), other));
            return List.of();
        }
        List<R> members = new ArrayList<>();
        for (JsonNode element : value.get()) {
            String at = key + "[" + members.size() + "]";
            members.add(reader.apply(dotted(at), asObject(at, element)));
        }
        return List.copyOf(members);
    }

    // keys that must be there

    /** Text. */
    public final String text(String key) {
        return required(key, TEXT, notation::text).orElse("");
    }

    /** {@code true} or {@code false}. */
    public final boolean flag(String key) {
        return required(key, FLAG, KeyReader::flag).orElse(false);
    }

    /** A number. */
    public final double number(String key) {
        return required(key, "a number", notation::number).orElse(0.0);
    }

    /** A number in [{@code min}, {@code max}]. */
    public final double number(String key, double min, double max) {
        return required(key, numberIn(min, max), value -> number(value, min, max))
                .orElse(0.0);
    }

    /** A whole number in [{@code min}, {@code max}]. */
    public final long whole(String key, long min, long max) {
        return required(key, wholeIn(min, max), value -> whole(value, min, max)).orElse(0L);
    }

    /** A whole number in [{@code min}, {@code max}]. */
    public final int integer(String key, int min, int max) {
        return (int) whole(key, min, max);
    }

    /**
     * The constant whose {@link Keys#label} is at a key.
     *
     * @param constants the allowed ones
     */
    public final <E extends Enum<E>> E choice(String key, E[] constants) {
        return constant(key, value(key).orElse(MissingNode.getInstance()), constants, Keys::label)
                .orElse(constants[0]);
    }

    /** A list of texts. */
    public final List<String> texts(String key) {
        return elements(key, value(key).orElse(MissingNode.getInstance()), "a list", TEXT, notation::text)
                .orElse(List.of());
    }

    /** Whole numbers that ascend from 0. */
    public final int[] ascending(String key) {
        JsonNode list = value(key).orElse(MissingNode.getInstance());
        if (!list.isArray()) {
            reject(key, "a list", list);
        }
        int[] indices = new int[list.size()];
        int previous = -1;
        for (int i = 0; i < indices.length; i++) {
            JsonNode value = list.get(i);
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= previous) {
                reject(key + "[" + i + "]", "an index above " + previous + ", because indices ascend from 0", value);
                return new int[0];
            }
            previous = value.intValue();
            indices[i] = previous;
        }
        return indices;
    }

    /** The keys of the object at a key; it has exactly these. */
    public final KeyReader object(String key, String... keys) {
        return below(key).withExactly(keys);
    }

    /** The object at a key, whatever its keys. */
    public final ObjectNode tree(String key) {
        return asObject(key, value(key).orElse(MissingNode.getInstance()));
    }

    /**
     * The entries of an object whose keys are data, in their order.
     *
     * @param read from the reader of that object and one of its keys
     */
    public final <T> List<T> entries(String key, BiFunction<KeyReader, String, T> read) {
        KeyReader below = below(key);
        return below.names().stream().map(name -> read.apply(below, name)).toList();
    }

    private KeyReader below(String key) {
        return new KeyReader(notation, dotted(key), tree(key), problems);
    }

    // how values are told

    private <T> T read(String key, T otherwise, String expected, Function<JsonNode, Optional<T>> type) {
        T result = value(key).flatMap(value -> fit(key, value, expected, type)).orElse(otherwise);
        took(key, result);
        return result;
    }

    private <T> Optional<T> required(String key, String expected, Function<JsonNode, Optional<T>> type) {
        return fit(key, value(key).orElse(MissingNode.getInstance()), expected, type);
    }

    private <T> List<T> list(
            String key, List<T> otherwise, String expected, String element, Function<JsonNode, Optional<T>> type) {
        List<T> result = value(key)
                .flatMap(value -> elements(key, value, expected, element, type))
                .orElse(otherwise);
        took(key, result);
        return result;
    }

    private <T> Optional<List<T>> elements(
            String key, JsonNode value, String expected, String element, Function<JsonNode, Optional<T>> type) {
        if (!value.isArray()) {
            reject(key, expected, value);
            return Optional.empty();
        }
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            fit(key + "[" + i + "]", value.get(i), element, type).ifPresent(elements::add);
        }
        return Optional.of(List.copyOf(elements));
    }

    private <T> Optional<T> fit(String key, JsonNode value, String expected, Function<JsonNode, Optional<T>> type) {
        Optional<T> result = type.apply(value);
        if (result.isEmpty()) {
            reject(key, expected, value);
        }
        return result;
    }

    private <E extends Enum<E>> Optional<E> constant(
            String key, JsonNode value, E[] constants, Function<Enum<?>, String> name) {
        List<String> names = Stream.of(constants).map(name).toList();
        int found = names.indexOf(value.asText());
        if (found < 0 || notation.text(value).isEmpty()) {
            problem(
                    key,
                    "expected one of " + String.join(", ", names) + ", found " + notation.describe(value)
                            + Spelling.hint(value.asText(), names));
            return Optional.empty();
        }
        return Optional.of(constants[found]);
    }

    private ObjectNode asObject(String key, JsonNode value) {
        if (value instanceof ObjectNode found) {
            return found;
        }
        reject(key, notation.object(), value);
        return JsonNodeFactory.instance.objectNode();
    }

    private static Optional<Boolean> flag(JsonNode value) {
        return Optional.of(value).filter(JsonNode::isBoolean).map(JsonNode::booleanValue);
    }

    private Optional<Long> whole(JsonNode value, long min, long max) {
        return notation.whole(value).filter(found -> found >= min && found <= max);
    }

    private Optional<Double> number(JsonNode value, double min, double max) {
        return notation.number(value).filter(found -> found >= min && found <= max);
    }

    private static String wholeIn(long min, long max) {
        return "a whole number " + (max < Integer.MAX_VALUE ? "from " + min + " to " + max : "of at least " + min);
    }

    private static String numberIn(double min, double max) {
        return "a number " + (max < Double.MAX_VALUE ? "from " + min + " to " + max : "of at least " + min);
    }
}
