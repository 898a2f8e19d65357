package dev.inlay.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.inlay.data.source.TextLines;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import dev.inlay.file.UserPath;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Notation;
import dev.inlay.keys.Problems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One mapping of a config. All problems of a config are collected, so that one pass finds every one. What is read, defaults
 * included, is also written into {@link #settings}.
 */
public final class Section extends KeyReader {
    private final ConfigTree tree;
    private final Reading reading;

    /** All values read so far, defaults filled in; paths absolute. */
    private final ObjectNode settings = JsonNodeFactory.instance.objectNode();

    /** What all sections of one config share. */
    private static final class Reading implements Problems {
        private final ConfigTree tree;
        private final List<String> problems;
        private final List<Supplier<String>> unknown = new ArrayList<>();
        private final Set<String> keys = new TreeSet<>();
        private final Set<String> pathKeys = new TreeSet<>();

        Reading(ConfigTree tree) {
            this.tree = tree;
            this.problems = new ArrayList<>(tree.problems());
        }

        @Override
        public void add(String key, String message) {
            problems.add(tree.place(key) + ": " + message);
        }

        /** Told last, when all keys of the config are known. */
        @Override
        public void addUnknown(String key, Set<String> allowed) {
            unknown.add(() -> tree.place(key) + ": unknown key" + hint(key, allowed));
        }

        /** What an unknown key probably was to be: one of its section, a value of that name in another, or any of its section. */
        private String hint(String key, Set<String> allowed) {
            String name = key.substring(key.lastIndexOf('.') + 1);
            String section = key.substring(0, key.length() - name.length());
            List<String> near = new ArrayList<>(
                    Spelling.near(name, allowed).stream().map(section::concat).toList());
            if (near.isEmpty()) {
                keys.stream()
                        .filter(other -> Spelling.isNear(name, other.substring(other.lastIndexOf('.') + 1)))
                        .filter(other -> keys.stream().noneMatch(longer -> longer.startsWith(other + ".")))
                        .forEach(near::add);
            }
            return near.isEmpty() ? "; known here: " + String.join(", ", new TreeSet<>(allowed)) : Spelling.hint(near);
        }
    }

    private Section(ConfigTree tree, String prefix, ObjectNode node, Reading reading) {
        super(Notation.YAML, prefix, node, reading);
        this.tree = tree;
        this.reading = reading;
    }

    /**
     * Reads a YAML file.
     *
     * @param overrides {@code dotted.key=value} settings laid over it in order
     * @return its outermost section
     * @throws ConfigException if it cannot be read or is not one YAML mapping
     */
    public static Section read(Path file, List<String> overrides) {
        return root(ConfigTree.read(file, overrides));
    }

    /**
     * Reads a YAML text.
     *
     * @param source what a person calls it
     * @param folder against which relative paths are resolved
     * @param overrides {@code dotted.key=value} settings laid over it in order
     * @return its outermost section
     * @throws ConfigException if it is not one YAML mapping
     */
    public static Section parse(String yaml, String source, Path folder, List<String> overrides) {
        return root(ConfigTree.parse(yaml, source, folder, overrides));
    }

    /** The outermost section. */
    static Section root(ConfigTree tree) {
        return new Section(tree, "", tree.root(), new Reading(tree));
    }

    @Override
    protected Optional<JsonNode> value(String key) {
        reading.keys.add(dotted(key));
        return super.value(key);
    }

    @Override
    protected void took(String key, Object value) {
        if (value instanceof List<?> list) {
            ArrayNode array = settings.putArray(key);
            list.forEach(element -> array.add(node(element)));
        } else {
            settings.set(key, node(value));
        }
    }

    private static JsonNode node(Object value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (value instanceof Boolean flag) {
            return nodes.booleanNode(flag);
        }
        if (value instanceof Double number) {
            return nodes.numberNode(number);
        }
        if (value instanceof Number whole) {
            return nodes.numberNode(whole.longValue());
        }
        return nodes.textNode((String) value);
    }

    @Override
    public List<Section> members(String key) {
        ArrayNode list = settings.putArray(key);
        return members(key, (at, node) -> {
            Section member = new Section(tree, at, node, reading);
            list.add(member.settings);
            return member;
        });
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
            below.names().forEach(name -> choices.put(name, below.choice(name, any)));
        }
        return choices;
    }

    /** A path, or nothing; relative ones start at the config's folder, those of an override at the working folder. */
    public Optional<Path> path(String key) {
        reading.pathKeys.add(dotted(key));
        Optional<Path> result = optionalText(key).flatMap(text -> resolve(key, text));
        result.ifPresent(path -> settings.put(key, path.toString()));
        return result;
    }

    private Optional<Path> resolve(String key, String text) {
        try {
            Path base = tree.isOverridden(dotted(key)) ? Path.of("").toAbsolutePath() : tree.folder();
            return Optional.of(base.resolve(UserPath.of(text)).normalize());
        } catch (InvalidPathException e) {
            reject(key, "a path; " + e.getReason(), TextNode.valueOf(text));
            return Optional.empty();
        }
    }

    /** The lines of a text file that a key names, but empty ones; none if there is a problem, which is noted. */
    List<String> lines(String key, String what) {
        List<String> lines = new ArrayList<>();
        optionalText(key).flatMap(text -> resolve(key, text)).ifPresent(file -> {
            try {
                TextLines.forEach(file, what, lines::add);
            } catch (DataException e) {
                problem(key, e.getMessage());
            }
        });
        return lines.stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    /** A path that must be given. */
    public Path requiredPath(String key) {
        boolean given = has(key);
        Optional<Path> path = path(key);
        if (!given) {
            problem(key, "missing; expected a path");
        }
        return path.orElse(tree.folder());
    }

    /** A section below this one; empty if the config does not have it. */
    public Section section(String key) {
        ObjectNode below = has(key) ? tree(key) : JsonNodeFactory.instance.objectNode();
        Section section = new Section(tree, dotted(key), below, reading);
        settings.set(key, section.settings);
        return section;
    }

    /** Whatever is at a key, for the caller to make sense of; empty if the config does not have it. */
    Optional<JsonNode> anything(String key) {
        Optional<JsonNode> value = value(key);
        value.ifPresent(found -> settings.set(key, found));
        return value;
    }

    /** True if the key holds a section rather than a single value. */
    boolean isSection(String key) {
        return value(key).filter(JsonNode::isObject).isPresent();
    }

    /** True if the key holds a list rather than a single value. */
    boolean isList(String key) {
        return value(key).filter(JsonNode::isArray).isPresent();
    }

    /**
     * Ends the reading of the whole config.
     *
     * @throws ConfigException if there was any problem; it lists all
     */
    public void throwProblems() {
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
    public ObjectNode settings() {
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
}
