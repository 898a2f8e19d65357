package dev.inlay.checkpoint.naming;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.error.DataException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is known of a network besides its tensors, from the settings beside them ({@code config.json} of transformers or
 * timm, {@code open_clip_config.json}) or from whose layout they are in, as far as it changes what the network computes and no shape
 * tells it: LayerNorm's epsilon, the number of heads, the activation of the MLPs, the pooling. One rule for all of it: what
 * a spec leaves {@link #OPEN} is obeyed, what it states must agree, and what Inlay does not compute is refused.
 */
final class NetworkSettings {
    static final String POOLING = "globalPool";
    private static final String EPS = "eps";
    private static final String HEAD_EPS = "headEps";
    private static final String HEADS = "heads";
    private static final String ACTIVATION = "mlp";
    private static final String FAMILY = "family";

    /** The options of specs that settings name. */
    static final Set<String> ALL = Set.of(EPS, HEAD_EPS, HEADS, ACTIVATION, POOLING);

    /** Those that settings decide where a spec does not name them. */
    static final Set<String> OPEN = Set.of(EPS, HEAD_EPS, POOLING);

    private static final JsonMapper JSON = new JsonMapper();
    private static final long MAX_BYTES = 16 << 20;
    private static final Map<String, Set<String>> KNOWN =
            Map.of(POOLING, Set.of("token", "avg"), ACTIVATION, Set.of("gelu", "quick_gelu", "swiglu", "swiglu_split"));
    private static final Map<String, String> IF_ABSENT = Map.of(ACTIVATION, "gelu", POOLING, "token");

    private final String source;
    private final Map<String, Said> said = new LinkedHashMap<>();
    private final List<String> notComputed = new ArrayList<>();
    private final List<String> unknown = new ArrayList<>();

    /**
     * An option of specs that a setting names.
     *
     * @param setting the setting and its value, for people
     * @param value what the option has then
     */
    private record Said(String setting, JsonNode value) {}

    /**
     * Settings that say nothing yet.
     *
     * @param source the file or the layout that they are from
     */
    NetworkSettings(String source) {
        this.source = source;
    }

    /**
     * A file of settings.
     *
     * @throws DataException if it is no JSON or larger than 16 MiB
     */
    static JsonNode read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new DataException(
                        file + ": expected settings of at most " + MAX_BYTES + " bytes, found " + Files.size(file));
            }
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new DataException(JsonFault.in(file.toString(), "JSON", e), e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + StorageException.reason(e), e);
        }
    }

    void eps(String setting, double eps) {
        said.put(EPS, new Said(setting, DoubleNode.valueOf(eps)));
    }

    /** Of a ConvNeXt: the epsilon of its last norm. */
    void headEps(String setting, double eps) {
        said.put(HEAD_EPS, new Said(setting, DoubleNode.valueOf(eps)));
    }

    void heads(String setting, JsonNode heads) {
        said.put(HEADS, new Said(setting, heads));
    }

    /** The number of heads, if a setting names it; of a Swin Transformer one for each stage. */
    Optional<JsonNode> heads() {
        return Optional.ofNullable(said.get(HEADS)).map(Said::value);
    }

    /** The activation as specs call it; any other word is one that no backbone has. */
    void activation(String setting, String name) {
        said.put(ACTIVATION, new Said(setting, TextNode.valueOf(name)));
    }

    /** The pooling as specs call it; any other word is one that no backbone has. */
    void pooling(String setting, String name) {
        said.put(POOLING, new Said(setting, TextNode.valueOf(name)));
    }

    /** Something that Inlay's networks do not do. */
    void notComputed(String setting) {
        notComputed.add(setting);
    }

    /** Something that may or may not be what Inlay's networks do. */
    void unknown(String setting) {
        unknown.add(setting);
    }

    /** What settings name of which nobody here knows whether it is what the backbone computes; for a warning. */
    List<String> unknown() {
        return List.copyOf(unknown);
    }

    /**
     * A spec with the options that settings name in place of its own.
     *
     * @param open the options that may be replaced
     */
    BackboneSpec complete(BackboneSpec spec, Set<String> open) {
        ObjectNode json = SpecJson.write(spec);
        ObjectNode completed = json.deepCopy();
        said.forEach((option, found) -> {
            if (open.contains(option) && applies(option, json) && isKnown(option, found.value(), json)) {
                completed.set(option, found.value());
            }
        });
        return completed.equals(json) ? spec : SpecJson.parse(completed.toString(), source);
    }

    /** Whether a spec can have that value; if not, {@link #problems} says so. */
    private static boolean isKnown(String option, JsonNode value, ObjectNode spec) {
        Set<String> known = KNOWN.get(option);
        return known == null || !spec.has(FAMILY) && known.contains(value.asText());
    }

    /**
     * Why a backbone would compute other numbers than the network that the settings describe.
     *
     * @return one line for each setting; empty if it computes the same
     */
    List<String> problems(BackboneSpec backbone) {
        ObjectNode spec = SpecJson.write(backbone);
        List<String> problems = new ArrayList<>();
        said.forEach((option, found) -> {
            JsonNode own = own(option, spec);
            boolean agree = !applies(option, spec)
                    || (own.isNumber() && found.value().isNumber()
                            ? own.asDouble() == found.value().asDouble()
                            : own.equals(found.value()));
            if (!agree) {
                problems.add(found.setting() + ", the backbone has "
                        + (option.equals(ACTIVATION) ? own.asText() : option + " " + own));
            }
        });
        notComputed.forEach(setting -> problems.add(setting + ", which Inlay does not compute"));
        return problems;
    }

    /** Whether a spec has such an option at all. */
    private static boolean applies(String option, ObjectNode spec) {
        return switch (option) {
            case HEAD_EPS -> spec.path(FAMILY).asText().equals("convnext");
            case HEADS -> spec.has(HEADS);
            default -> true;
        };
    }

    private static JsonNode own(String option, ObjectNode spec) {
        if (spec.has(option)) {
            return spec.get(option);
        }
        if (option.equals(HEAD_EPS)) {
            return spec.get(EPS);
        }
        boolean others = option.equals(POOLING) && spec.has(FAMILY); // Swin and ConvNeXt have the mean alone
        return TextNode.valueOf(others ? "avg" : IF_ABSENT.getOrDefault(option, ""));
    }

    /**
     * Refuses a backbone that would compute other numbers.
     *
     * @throws DataException listing every setting that differs
     */
    void requireAgreement(BackboneSpec backbone) {
        List<String> problems = problems(backbone);
        if (!problems.isEmpty()) {
            throw new DataException(source + " contradicts the backbone:\n  - " + String.join("\n  - ", problems)
                    + "\nchoose the variant or spec that the weights were made for");
        }
    }

    @Override
    public String toString() {
        return source;
    }
}
