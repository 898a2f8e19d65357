package dev.inlay.interop;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Notation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Reads an {@code adapter_config.json}. What would make other numbers of the weights than plain LoRA or DoRA is refused by
 * name; what only matters to training or to PEFT itself is ignored.
 */
final class PeftConfigReader {
    private static final long MAX_BYTES = 1 << 20;
    private static final int MAX_RANK = 4096;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> UNDERSTOOD = Set.of(
            "peft_type",
            "r",
            "lora_alpha",
            "lora_dropout",
            "use_rslora",
            "use_dora",
            "target_modules",
            "rank_pattern",
            "alpha_pattern",
            "modules_to_save",
            "bias",
            "init_lora_weights",
            "exclude_modules",
            "layers_to_transform",
            "layers_pattern");

    /** What changes the meaning of the weights unless it is null, false or empty. */
    private static final Map<String, String> MEANINGFUL = Map.ofEntries(
            Map.entry("layer_replication", "Inlay keeps every block of the backbone as it is"),
            Map.entry("fan_in_fan_out", "Inlay's matrices are (out, in); save the adapter of a model whose are"),
            Map.entry("lora_bias", "train with lora_bias=False"),
            Map.entry("trainable_token_indices", "it is meant for embeddings of words"),
            Map.entry("target_parameters", "name modules in target_modules instead"),
            Map.entry("alora_invocation_tokens", "it is meant for words"),
            Map.entry("megatron_config", "save the adapter of a model that is not split"));

    /** Settings of other methods that share the file, and switches of kinds of LoRA that Inlay does not have. */
    private static final Predicate<String> SWITCH = key -> key.startsWith("use_") || key.endsWith("_config");

    /** Ways to begin, which the trained weights already contain. */
    private static final Set<String> HARMLESS =
            Set.of("eva_config", "runtime_config", "loftq_config", "corda_config", "lora_ga_config");

    private static final List<String> BIASES = List.of("none", "all", "lora_only");

    private static final Set<String> BEGINNINGS = Set.of("gaussian", "eva", "orthogonal");

    private final String source;
    private final JsonNode root;
    private final KeyReader keys;
    private final List<String> problems = new ArrayList<>();
    private final List<String> ignored = new ArrayList<>();

    private PeftConfigReader(String source, ObjectNode root) {
        this.source = source;
        this.root = root;
        this.keys =
                new KeyReader(Notation.FOREIGN_JSON, "", root, (key, message) -> problems.add(key + ": " + message));
    }

    /**
     * @param notes what was ignored is added
     * @throws DataException listing everything that is missing, wrong or refused
     */
    static PeftConfig read(Path file, List<String> notes) {
        PeftConfigReader reader = new PeftConfigReader(file.toString(), parse(file));
        PeftConfig config = reader.config();
        if (!reader.problems.isEmpty()) {
            throw new DataException(file + " cannot be imported:\n  - " + String.join("\n  - ", reader.problems));
        }
        if (!reader.ignored.isEmpty()) {
            notes.add("ignored in " + PeftConfig.FILE + ": " + String.join(", ", reader.ignored));
        }
        return config;
    }

    private static ObjectNode parse(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new DataException(file + ": expected at most " + MAX_BYTES + " bytes, found " + Files.size(file));
            }
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (root instanceof ObjectNode object) {
                return object;
            }
            throw new DataException(file + ": expected a JSON object, found " + root.getNodeType());
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file.toString(), "JSON", e), e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
        }
    }

    private PeftConfig config() {
        String type = root.path("peft_type").asText("nothing");
        if (!type.equals("LORA")) {
            problems.add("peft_type: expected LORA, the only kind that Inlay imports, found " + type);
            return null;
        }
        requireNothingElse();
        PeftConfig config = new PeftConfig(
                source,
                keys.integer("r", 1, MAX_RANK),
                keys.number("lora_alpha", 1e-6, 1e6),
                keys.flag("use_rslora", false),
                keys.flag("use_dora", false),
                keys.number("lora_dropout", 0, 0, 0.99),
                targets(),
                patterns("rank_pattern", (ranks, module) -> ranks.integer(module, 1, MAX_RANK)),
                patterns("alpha_pattern", (alphas, module) -> alphas.number(module, 1e-6, 1e6)));
        texts("modules_to_save"); // names they must be; which modules were saved, the tensors show
        return config;
    }

    private void requireNothingElse() {
        if (!BIASES.contains(root.path("bias").asText("none"))) {
            problems.add("bias: expected one of " + BIASES + ", found " + root.get("bias"));
        }
        JsonNode begin = root.path("init_lora_weights");
        if (begin.isTextual() && !BEGINNINGS.contains(begin.textValue())) {
            problems.add(
                    "init_lora_weights: " + begin.textValue() + " changes the base's weights; save the adapter with"
                            + " path_initial_model_for_weight_conversion, which turns it into plain LoRA");
        }
        root.properties().forEach(field -> {
            String key = field.getKey();
            if (UNDERSTOOD.contains(key) || isUnset(field.getValue())) {
                return;
            }
            if (MEANINGFUL.containsKey(key)) {
                problems.add(key + ": not imported, found " + field.getValue() + "; " + MEANINGFUL.get(key));
            } else if (SWITCH.test(key) && !HARMLESS.contains(key)) {
                problems.add(key + ": a kind of LoRA that Inlay does not have, found " + field.getValue());
            } else {
                ignored.add(key);
            }
        });
    }

    private static boolean isUnset(JsonNode value) {
        return value.isNull()
                || value.isBoolean() && !value.booleanValue()
                || value.isContainerNode() && value.isEmpty()
                || value.isTextual() && value.textValue().isEmpty();
    }

    private PeftConfig.Targets targets() {
        if (root.path("target_modules").equals(TextNode.valueOf("all-linear"))) {
            return reasonNotIn(module -> true);
        }
        if (isUnset(root.path("target_modules")) || root.path("target_modules").isMissingNode()) {
            problems.add("target_modules: expected a list of modules or a regular expression, found "
                    + root.path("target_modules"));
        }
        return reasonNotIn(modules("target_modules"));
    }

    /** PEFT's {@code check_target_module_exists}, after the modules that {@code target_modules} names. */
    private PeftConfig.Targets reasonNotIn(Predicate<String> named) {
        Predicate<String> excluded = modules("exclude_modules");
        List<Integer> layers = layers();
        List<ModulePattern> patterns = layerPatterns();
        return module -> {
            if (!named.test(module)) {
                return Optional.of("has tensors, but target_modules does not name it");
            }
            if (excluded.test(module)) {
                return Optional.of("has tensors, but exclude_modules names it");
            }
            boolean among = layers.isEmpty()
                    || patterns.stream()
                            .map(pattern -> pattern.numberIn(module))
                            .flatMap(Optional::stream)
                            .findFirst()
                            .filter(layers::contains)
                            .isPresent();
            return among ? Optional.empty() : Optional.of("has tensors, but layers_to_transform leaves its layer out");
        };
    }

    /** Which modules a list of names or ends of names, or a regular expression, names; none if the key is not set. */
    private Predicate<String> modules(String key) {
        if (root.path(key).isTextual()) {
            return ModulePattern.of(root.path(key).textValue(), source + ": key '" + key + "'")::matches;
        }
        List<String> entries = texts(key);
        return module -> ModulePattern.names(entries, module);
    }

    private List<Integer> layers() {
        JsonNode value = root.path("layers_to_transform");
        List<Integer> layers = new ArrayList<>();
        for (JsonNode layer : value.isInt() ? List.of(value) : value) {
            if (!layer.isInt()) {
                problems.add("layers_to_transform: expected numbers of layers, found " + layer);
                return List.of();
            }
            layers.add(layer.intValue());
        }
        return layers;
    }

    /** What stands before the number of a layer; any name if nothing is said. */
    private List<ModulePattern> layerPatterns() {
        JsonNode value = root.path("layers_pattern");
        List<String> names = value.isTextual() ? List.of(value.textValue()) : texts("layers_pattern");
        String at = source + ": key 'layers_pattern'";
        return names.isEmpty() || names.equals(List.of(""))
                ? List.of(ModulePattern.ofLayer("[^.]*", at))
                : names.stream().map(name -> ModulePattern.ofLayer(name, at)).toList();
    }

    private List<String> texts(String key) {
        return root.path(key).isArray() ? keys.texts(key) : List.of();
    }

    private <T> Map<String, T> patterns(String key, BiFunction<KeyReader, String, T> read) {
        Map<String, T> patterns = new LinkedHashMap<>();
        if (keys.has(key)) {
            keys.entries(key, (entry, name) -> {
                // a regular expression that is none is told here, not at the first module
                ModulePattern.ofKey(name, source + ": key '" + key + "'");
                return patterns.put(name, read.apply(entry, name));
            });
        }
        return patterns;
    }
}
