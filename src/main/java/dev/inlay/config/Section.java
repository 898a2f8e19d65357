package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import dev.inlay.file.UserPath;
import dev.inlay.keys.Keys;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One mapping of a config, read key by key. Each read says what the key may hold; a value that does not fit is noted as
 * a problem and the default is returned, so that one pass finds every problem. What is read, defaults included, is also
 * written into {@link #settings}.
 */
final class Section implements Keys {
    private final ConfigTree tree;
    private final String prefix;
    private final ObjectNode node;
    private final Reading reading;
    private final Set<String> asked = new LinkedHashSet<>();

    /** All values read so far, defaults filled in; paths absolute. */
    private final ObjectNode settings = JsonNodeFactory.instance.objectNode();

    /** What all sections of one config share. */
    private static final class Reading {
        private final List<String> problems = new ArrayList<>();
        private final List<Supplier<String>> unknown = new ArrayList<>();
        private final Set<String> keys = new TreeSet<>();
        private final Set<String> pathKeys = new TreeSet<>();
    }

    private Section(ConfigTree tree, String prefix, ObjectNode node, Reading reading) {
        this.tree = tree;
        this.prefix = prefix;
        this.node = node;
        this.reading = reading;
    }

    /** The outermost section. */
    static Section root(ConfigTree tree) {
        Section root = new Section(tree, "", tree.root(), new Reading());
        root.reading.problems.addAll(tree.problems());
        return root;
    }

    /** True if the config gives the key a value. */
    boolean has(String key) {
        return value(key) != null;
    }

    /** A whole number in [{@code min}, {@code max}]. */
    @Override
    public int integer(String key, int otherwise, int min, int max) {
        return (int) whole(key, otherwise, min, max);
    }

    /** A whole number in [{@code min}, {@code max}]. */
    long whole(String key, long otherwise, long min, long max) {
        JsonNode value = value(key);
        long result = value == null ? otherwise : whole(key, value, otherwise, min, max);
        settings.put(key, result);
        return result;
    }

    /** A number in [{@code min}, {@code max}]. */
    @Override
    public double number(String key, double otherwise, double min, double max) {
        JsonNode value = value(key);
        double result = value == null ? otherwise : number(key, value, otherwise, min, max);
        settings.put(key, result);
        return result;
    }

    /** A list of numbers, each in [{@code min}, {@code max}]. */
    List<Double> numbers(String key, List<Double> otherwise, double min, double max) {
        List<Double> result = list(
                key, otherwise, "a list of numbers such as [0.1, 0.2]", element -> number(key, element, min, min, max));
        ArrayNode list = settings.putArray(key);
        result.forEach(list::add);
        return result;
    }

    @Override
    public List<String> texts(String key, List<String> otherwise) {
        List<String> result = list(key, otherwise, "a list of words such as [a, b]", element -> {
            if (!element.isValueNode() || element.asText().isBlank()) {
                reject(key, "expected words", element);
            }
            return element.asText();
        });
        ArrayNode list = settings.putArray(key);
        result.forEach(list::add);
        return result;
    }

    @Override
    public List<Integer> integers(String key, List<Integer> otherwise, int min, int max) {
        List<Integer> result = list(key, otherwise, "a list of whole numbers such as [0, 1]", element ->
                (int) whole(key, element, min, min, max));
        ArrayNode list = settings.putArray(key);
        result.forEach(list::add);
        return result;
    }

    @Override
    public List<Section> members(String key) {
        ArrayNode list = settings.putArray(key);
        int[] count = new int[1];
        return list(key, List.of(), "a list of sections", element -> {
            ObjectNode below = JsonNodeFactory.instance.objectNode();
            if (element instanceof ObjectNode object) {
                below = object;
            } else {
                reject(key, "expected a section (keys and values below it)", element);
            }
            Section member = new Section(tree, dotted(key) + "[" + count[0]++ + "]", below, reading);
            list.add(member.settings);
            return member;
        });
    }

    private <T> List<T> list(String key, List<T> otherwise, String expected, Function<JsonNode, T> read) {
        JsonNode value = value(key);
        if (value instanceof ArrayNode array) {
            List<T> found = new ArrayList<>();
            array.forEach(element -> found.add(read.apply(element)));
            return List.copyOf(found);
        }
        if (value != null) {
            reject(key, "expected " + expected, value);
        }
        return otherwise;
    }

    /** {@code true} or {@code false}. */
    @Override
    public boolean flag(String key, boolean otherwise) {
        JsonNode value = value(key);
        boolean result = otherwise;
        if (value != null && value.isBoolean()) {
            result = value.booleanValue();
        } else if (value != null) {
            reject(key, "expected true or false", value);
        }
        settings.put(key, result);
        return result;
    }

    /** Any words that are not blank. */
    @Override
    public String text(String key, String otherwise) {
        String result = optionalText(key).orElse(otherwise);
        settings.put(key, result);
        return result;
    }

    /** Any words that are not blank, or nothing. */
    Optional<String> optionalText(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isValueNode() || value.asText().isBlank()) {
            reject(key, "expected text", value);
            return Optional.empty();
        }
        settings.put(key, value.asText());
        return Optional.of(value.asText());
    }

    /**
     * One of some names.
     *
     * @param known all of them, {@code otherwise} among them
     */
    String name(String key, String otherwise, Collection<String> known) {
        String result = text(key, otherwise);
        if (!known.contains(result)) {
            problem(key, Spelling.expected(result, known));
        }
        return result;
    }

    /** One of an enum's constants, by its {@link Keys#word}. */
    @Override
    public <E extends Enum<E>> E choice(String key, E otherwise) {
        JsonNode value = value(key);
        E result = otherwise;
        if (value != null) {
            E[] all = otherwise.getDeclaringClass().getEnumConstants();
            Optional<E> found = Arrays.stream(all)
                    .filter(e -> Keys.word(e).equals(value.asText()))
                    .findFirst();
            if (found.isPresent()) {
                result = found.get();
            } else {
                problem(
                        key,
                        Spelling.expected(
                                kind(value), Arrays.stream(all).map(Keys::word).toList()));
            }
        }
        settings.put(key, Keys.word(result));
        return result;
    }

    /**
     * A section whose keys are free and whose values are an enum's constants.
     *
     * @param any one of the constants
     */
    <E extends Enum<E>> Map<String, E> choices(String key, E any) {
        Map<String, E> choices = new LinkedHashMap<>();
        if (has(key)) {
            Section below = section(key);
            below.node.fieldNames().forEachRemaining(name -> choices.put(name, below.choice(name, any)));
        }
        return choices;
    }

    /** A path, or nothing; relative ones start at the config's folder, those of an override at the working folder. */
    Optional<Path> path(String key) {
        reading.pathKeys.add(dotted(key));
        Optional<Path> result = optionalText(key).flatMap(text -> resolve(key, text));
        result.ifPresent(path -> settings.put(key, path.toString()));
        return result;
    }

    /** A path that must be given. */
    Path requiredPath(String key) {
        boolean given = has(key);
        Optional<Path> path = path(key);
        if (!given) {
            problem(key, "missing; expected a path");
        }
        return path.orElse(tree.folder());
    }

    /** A section below this one; empty if the config does not have it. */
    Section section(String key) {
        JsonNode value = value(key);
        ObjectNode below = JsonNodeFactory.instance.objectNode();
        if (value instanceof ObjectNode object) {
            below = object;
        } else if (value != null) {
            reject(key, "expected a section (keys and values below it)", value);
        }
        Section section = new Section(tree, dotted(key), below, reading);
        settings.set(key, section.settings);
        return section;
    }

    /** Whatever is at a key, for the caller to make sense of; empty if the config does not have it. */
    Optional<JsonNode> tree(String key) {
        JsonNode value = value(key);
        if (value != null) {
            settings.set(key, value);
        }
        return Optional.ofNullable(value);
    }

    /** True if the key holds a section rather than a single value. */
    boolean isSection(String key) {
        return value(key) instanceof ObjectNode;
    }

    /** Notes a problem with a key that no single read can see, such as two keys that exclude each other. */
    @Override
    public void problem(String key, String message) {
        reading.problems.add(tree.place(dotted(key)) + ": " + message);
    }

    /** Notes every key that nothing asked for. Call after all reads of this section. */
    @Override
    public void end() {
        node.fieldNames().forEachRemaining(name -> {
            if (!asked.contains(name)) {
                reading.unknown.add(() -> tree.place(dotted(name)) + ": unknown key" + hint(name));
            }
        });
    }

    /** What an unknown key probably was to be: one of this section, a value of that name in another, or any of this section. */
    private String hint(String name) {
        List<String> near = new ArrayList<>(
                Spelling.near(name, asked).stream().map(this::dotted).toList());
        if (near.isEmpty()) {
            reading.keys.stream()
                    .filter(key -> Spelling.isNear(name, key.substring(key.lastIndexOf('.') + 1)))
                    .filter(key -> reading.keys.stream().noneMatch(other -> other.startsWith(key + ".")))
                    .forEach(near::add);
        }
        return near.isEmpty() ? "; known here: " + String.join(", ", new TreeSet<>(asked)) : Spelling.hint(near);
    }

    /**
     * Ends the reading of the whole config.
     *
     * @throws ConfigException if there was any problem; it lists all
     */
    void throwProblems() {
        end();
        List<String> problems = problems();
        if (!problems.isEmpty()) {
            throw new ConfigException(tree.source(), problems);
        }
    }

    /** What was found wrong so far, of the whole config. */
    List<String> problems() {
        return Stream.concat(reading.problems.stream(), reading.unknown.stream().map(Supplier::get))
                .toList();
    }

    /** Everything read here and below, defaults filled in; not a copy. */
    ObjectNode settings() {
        return settings;
    }

    /** The dotted keys asked for so far, of the whole config. */
    Set<String> keys() {
        return reading.keys;
    }

    /** The dotted keys of the whole config that hold paths. */
    Set<String> pathKeys() {
        return reading.pathKeys;
    }

    /** What a person calls a node. */
    static String kind(JsonNode node) {
        if (node.isObject()) {
            return "a section";
        }
        if (node.isArray()) {
            return "a list";
        }
        String text = node.asText().replaceAll("\\s+", " ");
        return text.isBlank() ? "nothing" : text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }

    private JsonNode value(String key) {
        asked.add(key);
        reading.keys.add(dotted(key));
        JsonNode value = node.get(key);
        return value == null || value.isNull() ? null : value;
    }

    private long whole(String key, JsonNode value, long otherwise, long min, long max) {
        try {
            long found = decimal(value).longValueExact();
            if (found >= min && found <= max) {
                return found;
            }
        } catch (ArithmeticException e) {
            // not a whole number: rejected below, like one out of range
        }
        boolean bounded = max < Integer.MAX_VALUE;
        reject(key, "expected a whole number " + range(Long.toString(min), Long.toString(max), bounded), value);
        return otherwise;
    }

    private double number(String key, JsonNode value, double otherwise, double min, double max) {
        try {
            double found = decimal(value).doubleValue();
            if (found >= min && found <= max) {
                return found;
            }
        } catch (ArithmeticException e) {
            // not a number: rejected below, like one out of range
        }
        boolean bounded = max < Double.MAX_VALUE;
        reject(key, "expected a number " + range(Double.toString(min), Double.toString(max), bounded), value);
        return otherwise;
    }

    /** YAML 1.1 reads {@code 1e-3} as text, so text is given the chance to be a number. */
    private static BigDecimal decimal(JsonNode value) {
        if (value.isNumber() || value.isTextual()) {
            try {
                return new BigDecimal(value.asText().strip());
            } catch (NumberFormatException e) {
                throw new ArithmeticException("not a number");
            }
        }
        throw new ArithmeticException("not a number");
    }

    private static String range(String min, String max, boolean bounded) {
        return bounded ? "from " + min + " to " + max : "of at least " + min;
    }

    private Optional<Path> resolve(String key, String text) {
        try {
            Path base = tree.isOverridden(dotted(key)) ? Path.of("").toAbsolutePath() : tree.folder();
            return Optional.of(base.resolve(UserPath.of(text)).normalize());
        } catch (InvalidPathException e) {
            reject(key, "expected a path; " + e.getReason(), TextNode.valueOf(text));
            return Optional.empty();
        }
    }

    private void reject(String key, String expected, JsonNode found) {
        problem(key, expected + ", found " + kind(found));
    }

    private String dotted(String key) {
        return prefix.isEmpty() ? key : prefix + "." + key;
    }
}
