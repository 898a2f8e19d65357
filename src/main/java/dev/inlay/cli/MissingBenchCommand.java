package dev.inlay.cli;

import dev.inlay.error.ConfigException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code inlay bench} where its artifact is not on the class path: says how to get it. */
@Command(
        name = MissingBenchCommand.NAME,
        description =
                "Measures what stages and methods cost on this machine; brought by the artifact dev.inlay:inlay-bench"
                        + " (docs/performance.md).")
final class MissingBenchCommand implements Runnable {
    static final String NAME = "bench";

    @Unmatched
    private List<String> unused;

    @Override
    public void run() {
        throw new ConfigException(
                "bench: its artifact, dev.inlay:inlay-bench, is not on the class path; in a checkout of"
                        + " Inlay, mvn -DskipTests install && mvn -f bench/pom.xml -DskipTests package builds it and bin/inlay finds"
                        + " it (docs/performance.md)");
    }
}
