package dev.inlay.cli;

import dev.inlay.engine.Engine;
import dev.inlay.engine.EngineProvider;
import dev.inlay.engine.LocalEngine;
import dev.inlay.engine.Team;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options {@code --engine NAME [--master URL]} of the commands whose work falls into pieces. */
final class EngineArguments {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--engine",
            paramLabel = "here|spark",
            defaultValue = LocalEngine.NAME,
            description = "Where the work is done: in this process, or as tasks of Apache Spark (docs/spark.md)"
                    + " (${DEFAULT-VALUE}).")
    private String engine;

    @Option(
            names = "--master",
            paramLabel = "URL",
            description = "Spark's master, such as local[*] or spark://host:7077; else what spark-submit says.")
    private String master;

    boolean isGiven() {
        return master != null || !engine.equals(LocalEngine.NAME);
    }

    /** The engine; to be closed. */
    Engine open() {
        if (engine.equals(LocalEngine.NAME)) {
            if (master != null) {
                throw new ParameterException(spec.commandLine(), "--master goes with --engine spark");
            }
            return new LocalEngine();
        }
        return EngineProvider.named(engine).open(Optional.ofNullable(master));
    }

    /**
     * A team of the engine, which is not this process; to be closed.
     *
     * @param size how many processes
     */
    Team team(int size) {
        if (engine.equals(LocalEngine.NAME)) {
            throw new ParameterException(spec.commandLine(), "--master goes with --engine spark");
        }
        return EngineProvider.named(engine).team(Optional.ofNullable(master), size);
    }
}
