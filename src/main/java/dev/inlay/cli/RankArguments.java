package dev.inlay.cli;

import dev.inlay.error.ConfigException;
import dev.inlay.error.StoppedException;
import dev.inlay.parallel.PeerTimeouts;
import dev.inlay.parallel.Ranks;
import dev.inlay.parallel.Rendezvous;
import dev.inlay.train.run.Rank;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say in how many processes a run trains, and how they find each other. */
final class RankArguments {
    private static final String SECRET = "INLAY_RANK_SECRET";
    private static final int MAX_SECONDS = 1_000_000;
    private static final int MAX_PORTS = 0xffff;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--nproc",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Train in N processes, each with a share of every batch: on this machine, in tasks of --engine"
                            + " spark, or wherever --rank and --rendezvous start them; without threads in the config, those of"
                            + " a machine share its cores.")
    private int size;

    @Option(
            names = "--rank",
            paramLabel = "R",
            description =
                    "Be process R of --nproc, from 0; the others are started by the same command elsewhere. 0 does"
                            + " and writes all that is not training.")
    private Integer rank;

    @Option(
            names = "--rendezvous",
            paramLabel = "HOST:PORT",
            description = "Where --rank 0 listens for the others, as they reach it.")
    private String rendezvous;

    @Option(
            names = "--rank-port",
            paramLabel = "PORT",
            description = "Where rank 0 listens for the others in tasks of --engine spark; else a free port.")
    private Integer port;

    @Option(
            names = "--rank-timeout",
            paramLabel = "SECONDS",
            defaultValue = "1800",
            description = "How long processes wait for one that does not come, or does nothing (${DEFAULT-VALUE}).")
    private int seconds;

    /** Refuses what does not go together. */
    void require(boolean engine) {
        Misuse.requireAtLeast(spec.commandLine(), "--nproc", 1, size);
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw refused("--rank-timeout: expected 1 to " + MAX_SECONDS + " seconds, found " + seconds);
        }
        if (port != null && (!engine || size == 1)) {
            throw refused(
                    "--rank-port goes with --engine spark and --nproc; without Spark, --rendezvous names the port");
        }
        if (port != null && (port < 0 || port > MAX_PORTS)) {
            throw refused("--rank-port: expected 0 to " + MAX_PORTS + ", found " + port);
        }
        if ((rank == null) != (rendezvous == null)) {
            throw refused("--rank and --rendezvous go together");
        }
        if (rank != null && engine) {
            throw refused("--rank is for processes without --engine spark, which numbers its own");
        }
        if (rank != null && (size < 2 || rank < 0 || rank >= size)) {
            throw refused("--rank: expected 0 to --nproc - 1, with an --nproc of at least 2; found --rank " + rank
                    + " of --nproc " + size);
        }
        if (rendezvous != null) {
            place();
        }
    }

    private ParameterException refused(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }

    private InetSocketAddress place() {
        try {
            InetSocketAddress place = Rendezvous.place(rendezvous);
            if (place.getPort() > 0) {
                return place;
            }
        } catch (ConfigException e) {
            throw refused("--rendezvous: " + e.getMessage());
        }
        throw refused("--rendezvous: expected a port that all know, found 0");
    }

    int size() {
        return size;
    }

    int port() {
        return port == null ? 0 : port;
    }

    Duration idleness() {
        return Duration.ofSeconds(seconds);
    }

    /** Whether this process helps another one. */
    boolean isHelper() {
        return rank != null && rank > 0;
    }

    /** Helps to the end. */
    void help() {
        spec.commandLine().getErr().println("rank " + rank + " of " + size + " helps rank 0 at " + rendezvous);
        Rank.help(rendezvous, secret(), rank, size, patience());
        spec.commandLine().getErr().println("rank 0 is done with this rank; the results are there");
    }

    /** The processes, this one as rank 0; to be closed. */
    Ranks ranks(BooleanSupplier stop) {
        if (rank == null) {
            return Rank.local(size, patience());
        }
        try (Rendezvous meeting = Rendezvous.open(place().getHostString(), place().getPort(), secret())) {
            spec.commandLine().getErr().println("waiting for " + (size - 1) + " other ranks at " + rendezvous);
            return Rank.await(meeting, size, patience(), () -> {
                if (stop.getAsBoolean()) {
                    throw new StoppedException("stopped while waiting for other ranks; nothing was begun");
                }
            });
        }
    }

    private PeerTimeouts patience() {
        return PeerTimeouts.idle(idleness());
    }

    private static String secret() {
        return Optional.ofNullable(System.getenv(SECRET)).orElse("");
    }
}
