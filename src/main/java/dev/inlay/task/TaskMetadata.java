package dev.inlay.task;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Notation;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.method.StoredSpec;
import dev.inlay.tuning.method.TuningMethod;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The string pairs of a task file.
 *
 * @param info what the task says about itself
 * @param parameters how many numbers train as each part that trains at all
 */
record TaskMetadata(TaskInfo info, Map<Role, Long> parameters) {
    static final String FORMAT_KEY = "format";
    static final String FORMAT_FAMILY = "inlay-task-";
    static final String FORMAT = FORMAT_FAMILY + "1";

    private static final String METHOD = "method";
    private static final String SPEC = "spec";
    private static final String BACKBONE = "backbone";
    private static final String CLASS_NAMES = "classNames";
    private static final String TRANSFORM = "transform";
    private static final String METRICS = "metrics";
    private static final String PARAMETERS = "parameters";
    private static final String PROVENANCE = "provenance";
    private static final String TEMPERATURE = "temperature";
    private static final String LABELS = "labels";
    private static final String KIND = "kind";
    private static final String THRESHOLDS = "thresholds";
    private static final String MEANS = "means";
    private static final String DEVIATIONS = "deviations";
    private static final List<String> KEYS =
            List.of(FORMAT_KEY, METHOD, SPEC, BACKBONE, CLASS_NAMES, TRANSFORM, METRICS, PARAMETERS, PROVENANCE);

    /** What is read of a file that may be anybody's: no task of ours comes near. */
    private static final StreamReadConstraints MODEST = StreamReadConstraints.builder()
            .maxNestingDepth(100)
            .maxTokenCount(1_000_000)
            .build();

    private static final JsonMapper JSON = JsonMapper.builder(
                    JsonFactory.builder().streamReadConstraints(MODEST).build())
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // the same digits on every JDK
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    TaskMetadata {
        parameters = Collections.unmodifiableMap(new EnumMap<>(parameters));
    }

    /**
     * The pairs, without what {@code spec} keeps in tensors.
     *
     * @param spec the info's spec, stored
     */
    Map<String, String> write(StoredSpec spec) {
        Map<String, String> pairs = new TreeMap<>();
        pairs.put(FORMAT_KEY, FORMAT);
        pairs.put(METHOD, info.spec().method());
        pairs.put(SPEC, text(spec.json()));
        ObjectNode backbone = JsonNodeFactory.instance.objectNode();
        backbone.put("name", info.backbone().name());
        backbone.set(SPEC, SpecJson.write(info.backbone().spec()));
        backbone.put("fingerprint", info.backbone().fingerprint());
        pairs.put(BACKBONE, text(backbone));
        pairs.put(CLASS_NAMES, text(info.classNames()));
        pairs.put(TRANSFORM, text(transform()));
        pairs.put(METRICS, text(info.metrics()));
        ObjectNode counts = JsonNodeFactory.instance.objectNode();
        parameters.forEach((part, count) -> counts.put(key(part), count));
        pairs.put(PARAMETERS, text(counts));
        pairs.put(PROVENANCE, text(info.provenance()));
        if (info.temperature() != 1) {
            pairs.put(TEMPERATURE, text(info.temperature()));
        }
        labels().ifPresent(labels -> pairs.put(LABELS, text(labels)));
        return pairs;
    }

    /**
     * What {@link #write} wrote.
     *
     * @param indices the tensors of positions, by name in the order of the file
     * @param source the file, for messages
     * @throws DataException naming the key, what was expected and what was found
     */
    static TaskMetadata read(Map<String, String> pairs, Map<String, FlatIndices> indices, String source) {
        KeyReader fields = fields(pairs, source);
        try {
            TaskInfo info = new TaskInfo(
                    TuningMethod.named(fields.text(METHOD))
                            .restore(new StoredSpec(fields.tree(SPEC), indices), source + ": " + SPEC),
                    backbone(fields.object(BACKBONE, "name", SPEC, "fingerprint")),
                    labels(fields),
                    fields.isNull(TRANSFORM)
                            ? Optional.empty()
                            : Optional.of(transform(fields.tree(TRANSFORM), source)),
                    map(fields, METRICS, KeyReader::number),
                    map(fields, PROVENANCE, KeyReader::text),
                    fields.has(TEMPERATURE) ? fields.number(TEMPERATURE, 1e-6, 1e6) : 1);
            return new TaskMetadata(info, parameters(fields, source));
        } catch (IllegalArgumentException | ConfigException e) {
            throw new DataException(source + ": " + e.getMessage(), e);
        }
    }

    /** How outputs are read, beside their names; empty for one class for each image. */
    private Optional<ObjectNode> labels() {
        ObjectNode labels = JsonNodeFactory.instance
                .objectNode()
                .put(KIND, info.labels().kind().toString());
        return switch (info.labels().kind()) {
            case SINGLE -> Optional.empty();
            case MULTI -> {
                ((LabelSpace.ClassSet) info.labels()).thresholds().forEach(labels.putArray(THRESHOLDS)::add);
                yield Optional.of(labels);
            }
            case NUMBERS -> {
                LabelSpace.Numbers numbers = (LabelSpace.Numbers) info.labels();
                numbers.means().forEach(labels.putArray(MEANS)::add);
                numbers.deviations().forEach(labels.putArray(DEVIATIONS)::add);
                yield Optional.of(labels);
            }
            case MASKS -> Optional.of(labels);
        };
    }

    private static LabelSpace labels(KeyReader fields) {
        List<String> names = fields.texts(CLASS_NAMES);
        if (!fields.has(LABELS)) {
            return LabelSpace.oneOf(names);
        }
        KeyReader labels = KeyReader.of(LABELS, fields.tree(LABELS));
        return switch (labels.choice(KIND, LabelSpace.Kind.values())) {
            case SINGLE -> LabelSpace.oneOf(names);
            case MULTI -> new LabelSpace.ClassSet(names, labels.numbers(THRESHOLDS, List.of(), 0, 1));
            case NUMBERS ->
                new LabelSpace.Numbers(
                        names,
                        labels.numbers(MEANS, List.of(), -Double.MAX_VALUE, Double.MAX_VALUE),
                        labels.numbers(DEVIATIONS, List.of(), Double.MIN_VALUE, Double.MAX_VALUE));
            case MASKS -> new LabelSpace.PixelClasses(names);
        };
    }

    /** The transform as a JSON object; null if the task has none. */
    JsonNode transform() {
        return JSON.valueToTree(info.transform().orElse(null));
    }

    /** All pairs as one object, so that missing and unknown keys are told alike at every depth. */
    private static KeyReader fields(Map<String, String> pairs, String source) {
        String format = pairs.get(FORMAT_KEY);
        if (!FORMAT.equals(format)) {
            throw new DataException(source + ": key '" + FORMAT_KEY + "': expected " + FORMAT + ", found "
                    + Notation.shortened(String.valueOf(format)) + "; the task was made by another version of Inlay");
        }
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        pairs.forEach((key, value) -> {
            if (key.equals(FORMAT_KEY) || key.equals(METHOD)) {
                root.put(key, value);
            } else {
                root.set(key, parse(key, value, source));
            }
        });
        Stream<String> optional = Stream.of(TEMPERATURE, LABELS).filter(pairs::containsKey);
        return KeyReader.of(source, root)
                .withExactly(Stream.concat(KEYS.stream(), optional).toArray(String[]::new));
    }

    private static JsonNode parse(String key, String value, String source) {
        try {
            return JSON.readTree(value);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(source + ": key '" + key + "'", "JSON", e), e);
        }
    }

    private static BackboneInfo backbone(KeyReader fields) {
        BackboneSpec spec = SpecJson.parse(text(fields.tree(SPEC)), "key '" + BACKBONE + "." + SPEC + "'");
        return new BackboneInfo(fields.text("name"), spec, fields.text("fingerprint"));
    }

    private static ImageTransform transform(ObjectNode tree, String source) {
        try {
            return JSON.treeToValue(tree, ImageTransform.class);
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(source + ": key '" + TRANSFORM + "'", "a transform of images", e), e);
        }
    }

    private static Map<Role, Long> parameters(KeyReader fields, String source) {
        Map<Role, Long> counts = new EnumMap<>(Role.class);
        fields.entries(PARAMETERS, (entry, name) -> {
            Role part = Stream.of(Role.values())
                    .filter(candidate -> key(candidate).equals(name))
                    .findFirst()
                    .orElseThrow(() -> new DataException(source + ": unknown key '" + PARAMETERS + "." + name + "'"));
            return counts.put(part, entry.whole(name, 1, Long.MAX_VALUE));
        });
        return counts;
    }

    /** What a part is called in files. */
    static String key(Role part) {
        return switch (part) {
            case MODULE -> "modules";
            case VECTOR -> "vectors";
            case SPARSE -> "sparse";
            case CLASS_TOKEN -> "classToken";
            case BACKBONE -> "backbone";
            case HEAD -> "head";
            case STATISTIC -> "statistics";
        };
    }

    private interface Getter<T> {
        T get(KeyReader fields, String key);
    }

    private static <T> SortedMap<String, T> map(KeyReader fields, String key, Getter<T> getter) {
        SortedMap<String, T> map = new TreeMap<>();
        fields.entries(key, (entry, name) -> map.put(name, getter.get(entry, name)));
        return map;
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
