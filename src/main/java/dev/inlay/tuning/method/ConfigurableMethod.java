package dev.inlay.tuning.method;

import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import dev.inlay.keys.KeyReader;
import dev.inlay.keys.Keys;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A method whose specs a config states in full. Where they are records of plain settings (numbers, flags, enum constants,
 * lists of texts or whole numbers), {@link #name} and {@link #read} are all there is to write: a task file keeps the
 * record's components under the keys that {@link #read} asks for.
 */
public interface ConfigurableMethod extends TuningMethod {
    /**
     * A spec from its settings. Problems are noted with {@code keys}; the spec is then not used.
     *
     * @param keys the settings beside the method's name
     */
    TuningSpec read(Keys keys);

    @Override
    default StoredSpec store(TuningSpec spec) {
        return StoredSpec.ofRecord(spec);
    }

    @Override
    default TuningSpec restore(StoredSpec stored, String source) {
        KeyReader keys = KeyReader.of(source, stored.json());
        TuningSpec spec = read(keys);
        keys.end();
        if (!stored.indices().isEmpty()) {
            throw new DataException(source + ": method " + name() + " has no index tensors, found "
                    + String.join(", ", stored.indices().keySet()));
        }
        return spec;
    }

    /**
     * The spec of the method that the key {@code type} names, from the keys beside it; empty if it names none, which is
     * noted as a problem.
     *
     * @param others methods that could be named as well, though not here; for the message
     */
    static Optional<TuningSpec> readAny(Keys keys, String... others) {
        String type = keys.text("type", "");
        Optional<ConfigurableMethod> method = all().stream()
                .filter(candidate -> candidate.name().equals(type))
                .findFirst();
        if (method.isEmpty()) {
            Set<String> names = new TreeSet<>(List.of(others));
            all().forEach(known -> names.add(known.name()));
            keys.problem("type", Spelling.expected(type, names));
            return Optional.empty();
        }
        TuningSpec spec = method.get().read(keys);
        keys.end();
        return Optional.of(spec);
    }

    /** Every method of this sort on the class path, by name. */
    static List<ConfigurableMethod> all() {
        return TuningMethod.all().values().stream()
                .filter(ConfigurableMethod.class::isInstance)
                .map(ConfigurableMethod.class::cast)
                .toList();
    }
}
