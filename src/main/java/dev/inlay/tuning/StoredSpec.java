package dev.inlay.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.plan.FlatIndices;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@link TuningSpec} in the form that a task file keeps it.
 *
 * @param json all but the positions of single weights, an object
 * @param indices the positions, by the name of the tensor that holds them, such as
 *     {@code sparse.blocks.0.attn.q.weight.index}; the order is kept
 */
public record StoredSpec(JsonNode json, Map<String, FlatIndices> indices) {
    /** Copies the map. */
    public StoredSpec {
        indices = Collections.unmodifiableMap(new LinkedHashMap<>(indices));
    }
}
