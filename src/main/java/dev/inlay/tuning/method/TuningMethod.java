package dev.inlay.tuning.method;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.error.Spelling;
import dev.inlay.tuning.TuningSpec;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A method of tuning, known by its name and found by {@link ServiceLoader}: it turns its specs into what a task file
 * keeps, and back. A new method is one file with a {@link TuningSpec} and, nested in it, a {@link ConfigurableMethod}
 * without parameters to construct it, and a line in {@code META-INF/services/dev.inlay.tuning.method.TuningMethod}, of
 * Inlay's or of another jar.
 */
public interface TuningMethod {
    /** What {@link TuningSpec#method} of its specs returns; unique. */
    String name();

    /**
     * A spec of this method as a task file keeps it; equal specs give equal results.
     *
     * @param spec one of this method
     */
    StoredSpec store(TuningSpec spec);

    /**
     * The spec that {@link #store} was given.
     *
     * @param source what to call the file in errors
     * @throws DataException naming source and key if this is not what {@link #store} returns
     */
    TuningSpec restore(StoredSpec stored, String source);

    /**
     * Every method on the class path, by name.
     *
     * @throws ConfigException if two have the same name
     */
    static SortedMap<String, TuningMethod> all() {
        SortedMap<String, TuningMethod> methods = new TreeMap<>();
        for (TuningMethod method : ServiceLoader.load(TuningMethod.class)) {
            TuningMethod other = methods.putIfAbsent(method.name(), method);
            if (other != null) {
                throw new ConfigException("two methods of tuning are called " + method.name() + ": "
                        + other.getClass().getName() + " and "
                        + method.getClass().getName() + "; remove one from the class path");
            }
        }
        return methods;
    }

    /**
     * The method of that name.
     *
     * @throws ConfigException listing the names that are known, if it is none of them
     */
    static TuningMethod named(String name) {
        SortedMap<String, TuningMethod> methods = all();
        TuningMethod method = methods.get(name);
        if (method == null) {
            throw new ConfigException("no method of tuning is called '" + name + "'; known are "
                    + String.join(", ", methods.keySet()) + "; one from elsewhere must be on the class path"
                    + Spelling.hint(name, methods.keySet()));
        }
        return method;
    }
}
