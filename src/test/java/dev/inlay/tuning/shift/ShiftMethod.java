package dev.inlay.tuning.shift;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.keys.KeyReader;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.StoredSpec;
import dev.inlay.tuning.method.TuningMethod;
import java.util.Map;

/** Makes {@link Shift} known to the tests. */
public final class ShiftMethod implements TuningMethod {
    private static final String BLOCKS = "shift.blocks";

    @Override
    public String name() {
        return Shift.METHOD;
    }

    @Override
    public StoredSpec store(TuningSpec spec) {
        Shift shift = (Shift) spec;
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("operation", shift.operation()).put("start", shift.start());
        return new StoredSpec(json, Map.of(BLOCKS, shift.blocks()));
    }

    @Override
    public TuningSpec restore(StoredSpec stored, String source) {
        KeyReader fields = KeyReader.of(source, stored.json()).withExactly("operation", "start");
        return new Shift(
                fields.text("operation"),
                fields.number("start"),
                stored.indices().get(BLOCKS));
    }
}
