package dev.inlay.tuning;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.inlay.error.DataException;
import dev.inlay.keys.Keys;
import dev.inlay.keys.StoredKeys;
import java.io.IOException;
import java.util.Map;

/**
 * A method whose specs are records of plain settings: a task file keeps the record's components under the keys that
 * {@link #read} asks for.
 */
public abstract class RecordMethod implements ConfigurableMethod {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new SimpleModule().addSerializer(new Words()))
            .build();

    private final String name;

    /**
     * @param name what {@link TuningSpec#method} of its specs returns
     */
    protected RecordMethod(String name) {
        this.name = name;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final StoredSpec store(TuningSpec spec) {
        return new StoredSpec(JSON.valueToTree(spec), Map.of());
    }

    @Override
    public final TuningSpec restore(StoredSpec stored, String source) {
        StoredKeys keys = new StoredKeys(source, stored.json());
        TuningSpec spec = read(keys);
        keys.end();
        if (!stored.indices().isEmpty()) {
            throw new DataException(source + ": method " + name + " has no index tensors, found "
                    + String.join(", ", stored.indices().keySet()));
        }
        return spec;
    }

    /** Enum constants as {@link Keys#choice} reads them. */
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
