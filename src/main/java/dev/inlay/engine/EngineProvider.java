package dev.inlay.engine;

import dev.inlay.error.ConfigException;
import java.util.Optional;
import java.util.ServiceLoader;

/** Opens an engine that an artifact of its own brings; named in {@code META-INF/services}. */
public interface EngineProvider {
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
        return ServiceLoader.load(EngineProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ConfigException("--engine " + name
                        + ": its artifact, dev.inlay:inlay-" + name
                        + ", is not on the class path; in a checkout of Inlay, mvn -f " + name
                        + "/pom.xml package builds it and bin/inlay finds it (docs/" + name + ".md)"));
    }
}
