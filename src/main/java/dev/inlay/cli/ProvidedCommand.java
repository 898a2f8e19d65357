package dev.inlay.cli;

import java.util.Optional;
import java.util.ServiceLoader;
import picocli.CommandLine.Command;

/**
 * A command that an artifact of its own brings; named in {@code META-INF/services}. Its class is public, has a constructor
 * without parameters, and picocli's {@code @Command} says its name.
 */
public interface ProvidedCommand extends Runnable {
    /** Returns the command of a name that is on the class path, if any. */
    static Optional<ProvidedCommand> named(String name) {
        return ServiceLoader.load(ProvidedCommand.class).stream()
                .filter(provider ->
                        provider.type().getAnnotation(Command.class).name().equals(name))
                .findFirst()
                .map(ServiceLoader.Provider::get);
    }
}
