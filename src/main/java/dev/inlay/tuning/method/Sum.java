package dev.inlay.tuning.method;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.DataException;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Keys;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.TuningSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several methods on one backbone, attached one after the other; where two act at the same place, the earlier acts first.
 *
 * @param parts what is tuned; with none, the linear head
 */
public record Sum(List<TuningSpec> parts) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "sum";

    /** Copies the list. */
    public Sum {
        parts = List.copyOf(parts);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        parts.forEach(part -> part.attach(attachment));
    }

    @Override
    public List<TuningSpec> terms() {
        return parts.stream().flatMap(part -> part.terms().stream()).toList();
    }

    /**
     * Makes {@link Sum} known. Its one key, {@code of}, lists the parts: each has {@code type} and the keys of that method. In
     * a task file the index tensors of part i are called {@code part.<i>.<name>}.
     */
    public static final class Method implements ConfigurableMethod {
        private static final String OF = "of";
        private static final String TYPE = "type";

        @Override
        public String name() {
            return Sum.METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            List<TuningSpec> parts = new ArrayList<>();
            keys.members(OF).forEach(part -> ConfigurableMethod.readAny(part).ifPresent(parts::add));
            if (parts.isEmpty()) {
                keys.problem(OF, "expected a list of methods such as [{type: lora}, {type: bias}]");
            }
            return new Sum(parts);
        }

        @Override
        public StoredSpec store(TuningSpec spec) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            ArrayNode of = json.putArray(OF);
            Map<String, FlatIndices> indices = new LinkedHashMap<>();
            List<TuningSpec> parts = ((Sum) spec).parts();
            for (int i = 0; i < parts.size(); i++) {
                String method = parts.get(i).method();
                StoredSpec stored = TuningMethod.named(method).store(parts.get(i));
                of.addObject().put(TYPE, method).setAll((ObjectNode) stored.json());
                String prefix = prefix(i);
                stored.indices().forEach((name, positions) -> indices.put(prefix + name, positions));
            }
            return new StoredSpec(json, indices);
        }

        @Override
        public TuningSpec restore(StoredSpec stored, String source) {
            KeyReader.of(source, stored.json()).withExactly(OF);
            JsonNode of = stored.json().get(OF);
            if (!of.isArray()) {
                throw new DataException(source + ": key 'of': expected a list of methods, found " + of);
            }
            List<TuningSpec> parts = new ArrayList<>();
            for (int i = 0; i < of.size(); i++) {
                String place = source + ", of[" + i + "]";
                if (!(of.get(i) instanceof ObjectNode part) || !part.path(TYPE).isTextual()) {
                    throw new DataException(place + ": expected a method with its type, found " + of.get(i));
                }
                ObjectNode settings = part.deepCopy();
                settings.remove(TYPE);
                StoredSpec own = new StoredSpec(settings, stored.indicesBelow(prefix(i)));
                parts.add(TuningMethod.named(part.get(TYPE).textValue()).restore(own, place));
            }
            return new Sum(parts);
        }

        private static String prefix(int part) {
            return "part." + part + ".";
        }
    }
}
