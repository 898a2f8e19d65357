package dev.inlay.backbone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.ConfigException;
import dev.inlay.error.JsonFault;
import dev.inlay.error.StorageException;
import dev.inlay.file.HandWritten;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Specs of backbones as JSON: an object of the family's own keys and {@code family}. Without that key it is a ViT's, as
 * files have it that were made before there were other families.
 */
public final class SpecJson {
    private static final String FAMILY = "family";
    private static final String FAMILY_IF_MISSING = "vit";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private SpecJson() {}

    /** A spec as an object; equal specs give equal objects, keys in equal order. */
    public static ObjectNode write(BackboneSpec spec) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!spec.family().equals(FAMILY_IF_MISSING)) {
            json.put(FAMILY, spec.family());
        }
        json.setAll(JSON.<ObjectNode>valueToTree(spec));
        return json;
    }

    /**
     * Reads a file.
     *
     * @throws ConfigException if it is missing, is no spec of a known family, or its sizes do not fit
     */
    public static BackboneSpec read(Path file) {
        return parse(text(file), file.toString());
    }

    /**
     * The keys that a file of a spec names; {@link #write} names the defaults of others, too.
     *
     * @throws ConfigException if it is missing or no JSON
     */
    public static Set<String> keys(Path file) {
        Set<String> keys = new LinkedHashSet<>();
        tree(text(file), file.toString()).fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private static String text(Path file) {
        try {
            return HandWritten.read(file);
        } catch (IOException e) {
            throw new ConfigException("cannot read the backbone's spec " + file + ": " + StorageException.reason(e));
        }
    }

    /**
     * Parses a spec.
     *
     * @param source what to call it in errors
     * @throws ConfigException if it is no spec of a known family, or its sizes do not fit
     */
    public static BackboneSpec parse(String json, String source) {
        return parse(tree(json, source), source);
    }

    private static JsonNode tree(String json, String source) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new ConfigException(JsonFault.in(source, "a JSON object", e));
        }
    }

    private static BackboneSpec parse(JsonNode tree, String source) {
        if (!(tree instanceof ObjectNode json)) {
            throw new ConfigException(source + ": expected a JSON object, found another kind of value");
        }
        JsonNode name = json.remove(FAMILY);
        if (name != null && !name.isTextual()) {
            throw new ConfigException(source + ": family: expected a text, found another kind of value");
        }
        BackboneFamily family = BackboneFamily.named(name == null ? FAMILY_IF_MISSING : name.textValue());
        try {
            return JSON.treeToValue(json, family.specType());
        } catch (JsonProcessingException e) {
            if (e.getCause() instanceof ConfigException problem) {
                throw new ConfigException(source + ": " + problem.getMessage());
            }
            throw new ConfigException(JsonFault.in(source, "the spec of a backbone of the family " + family.name(), e));
        }
    }
}
