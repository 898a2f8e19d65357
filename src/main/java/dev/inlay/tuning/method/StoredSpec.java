package dev.inlay.tuning.method;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.inlay.keys.Keys;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tuning.TuningSpec;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A {@link TuningSpec} in the form that a task file keeps it.
 *
 * @param json all but the positions of individual weights, an object
 * @param indices the positions, by the name of the tensor that holds them, such as
 *     {@code sparse.blocks.0.attn.q.weight.index}; the order is kept
 */
public record StoredSpec(JsonNode json, Map<String, FlatIndices> indices) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new SimpleModule().addSerializer(new Words()))
            .build();

    /** Copies the map. */
    public StoredSpec {
        indices = Collections.unmodifiableMap(new LinkedHashMap<>(indices));
    }

    /** The index tensors whose names begin so, under what follows. */
    Map<String, FlatIndices> indicesBelow(String prefix) {
        Map<String, FlatIndices> own = new LinkedHashMap<>();
        indices.forEach((name, positions) -> {
            if (name.startsWith(prefix)) {
                own.put(name.substring(prefix.length()), positions);
            }
        });
        return own;
    }

    /** A record of plain settings: its components by name, enum constants as {@link Keys#choice} reads them. */
    static StoredSpec ofRecord(TuningSpec spec) {
        return new StoredSpec(JSON.valueToTree(spec), Map.of());
    }

    private static final class Words extends StdSerializer<Enum<?>> {
        private static final long serialVersionUID = 1;

        Words() {
            super(Enum.class, false);
        }

        @Override
        public void serialize(Enum<?> constant, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(Keys.word(constant));
        }
    }
}
