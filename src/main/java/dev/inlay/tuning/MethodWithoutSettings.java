package dev.inlay.tuning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.error.DataException;
import java.util.Map;

/** A method whose specs are all equal, because there is nothing to set. */
public abstract class MethodWithoutSettings implements TuningMethod {
    private final TuningSpec spec;

    /**
     * @param spec the only one
     */
    protected MethodWithoutSettings(TuningSpec spec) {
        this.spec = spec;
    }

    @Override
    public final String name() {
        return spec.method();
    }

    @Override
    public final StoredSpec store(TuningSpec only) {
        return new StoredSpec(JsonNodeFactory.instance.objectNode(), Map.of());
    }

    @Override
    public final TuningSpec restore(StoredSpec stored, String source) {
        JsonFields.root(source, stored.json());
        if (!stored.indices().isEmpty()) {
            throw new DataException(source + ": method " + name() + " has no index tensors, found "
                    + String.join(", ", stored.indices().keySet()));
        }
        return spec;
    }
}
