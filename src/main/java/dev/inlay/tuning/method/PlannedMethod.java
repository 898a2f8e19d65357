package dev.inlay.tuning.method;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Keys;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.PlanJson;
import dev.inlay.tuning.TuningSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes {@link Planned} known. Its JSON has {@code plan} (a plan file without {@code sparse}), {@code dropout},
 * {@code dropPath} and {@code origin}; the positions of individual weights are tensors {@code sparse.<parameter>.index}.
 */
public final class PlannedMethod implements TuningMethod {
    private static final String SPARSE = "sparse";
    private static final String PREFIX = SPARSE + ".";
    private static final String SUFFIX = ".index";

    @Override
    public String name() {
        return Planned.METHOD;
    }

    @Override
    public StoredSpec store(TuningSpec spec) {
        Planned planned = (Planned) spec;
        ObjectNode plan = PlanJson.tree(planned.plan());
        plan.remove(SPARSE);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set("plan", plan);
        json.put("dropout", planned.dropout());
        json.put("dropPath", planned.dropPath());
        json.put("origin", Keys.label(planned.origin()));
        Map<String, FlatIndices> indices = new LinkedHashMap<>();
        planned.plan().sparse().forEach((parameter, positions) -> indices.put(PREFIX + parameter + SUFFIX, positions));
        return new StoredSpec(json, indices);
    }

    @Override
    public TuningSpec restore(StoredSpec stored, String source) {
        KeyReader fields = KeyReader.of(source, stored.json()).withExactly("plan", "dropout", "dropPath", "origin");
        ObjectNode plan = fields.tree("plan").deepCopy();
        if (plan.has(SPARSE)) {
            throw new DataException(source
                    + ": unknown key 'plan.sparse'; in a task file positions are tensors sparse.<parameter>.index");
        }
        ObjectNode sparse = plan.putObject(SPARSE);
        stored.indices().forEach((tensor, positions) -> {
            ArrayNode array = sparse.putArray(parameter(tensor, source));
            positions.stream().forEach(array::add);
        });
        try {
            return new Planned(
                    PlanJson.plan(plan, source + ": plan"),
                    fields.number("dropout"),
                    fields.number("dropPath"),
                    fields.choice("origin", Planned.Origin.values()));
        } catch (ConfigException e) {
            throw new DataException(source + ": " + e.getMessage(), e);
        }
    }

    private static String parameter(String tensor, String source) {
        if (!tensor.startsWith(PREFIX)
                || !tensor.endsWith(SUFFIX)
                || tensor.length() <= PREFIX.length() + SUFFIX.length()) {
            throw new DataException(source + ": unexpected index tensor " + tensor + "; method " + Planned.METHOD
                    + " has " + PREFIX + "<parameter>" + SUFFIX);
        }
        return tensor.substring(PREFIX.length(), tensor.length() - SUFFIX.length());
    }
}
