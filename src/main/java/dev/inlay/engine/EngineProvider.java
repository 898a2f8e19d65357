package dev.inlay.engine;

import dev.inlay.error.ConfigException;
import dev.inlay.error.Spelling;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Opens an engine that an artifact of its own brings; named in {@code META-INF/services}. */
public interface EngineProvider {
    /** The engine that an artifact of Inlay itself brings. */
    String SPARK = "spark";

    /** What {@code --engine} calls it. */
    String name();

    /**
     * Opens it.
     *
     * @param master where its cluster is, in its own words; empty for what its environment says, or this machine
     * @throws ConfigException if {@code master} is none
     */
    Engine open(Optional<String> master);

    /**
     * Opens a team of processes there.
     *
     * @param master as in {@link #open(Optional)}
     * @param size how many processes, at least 1
     * @throws ConfigException if {@code master} is none, or cannot have as many
     */
    Team team(Optional<String> master, int size);

    /**
     * What opens engines of a name.
     *
     * @throws ConfigException if there is none, saying how to get it
     */
    static EngineProvider named(String name) {
        Map<String, EngineProvider> providers = new TreeMap<>();
        ServiceLoader.load(EngineProvider.class).forEach(provider -> providers.put(provider.name(), provider));
        EngineProvider provider = providers.get(name);
        if (provider == null && name.equals(SPARK)) {
            throw new ConfigException(
                    "--engine spark: its artifact, dev.inlay:inlay-spark, is not on the class path; in a"
                            + " checkout of Inlay, mvn -DskipTests install && mvn -f spark/pom.xml -DskipTests package builds it and"
                            + " bin/inlay finds it (docs/spark.md)");
        }
        if (provider == null) {
            Set<String> known = new TreeSet<>(providers.keySet());
            known.addAll(List.of(LocalEngine.NAME, SPARK));
            throw new ConfigException("--engine: " + Spelling.expected(name, known));
        }
        return provider;
    }
}
