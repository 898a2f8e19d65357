package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process with a rank other than 0, with the class path and the options of this one. It lives no longer than the pipe to
 * its standard input; what it prints goes to the log.
 */
final class RankProcess {
    private static final Logger LOG = LoggerFactory.getLogger(RankProcess.class);

    /** What a process that was ended by a signal adds to its number as its exit code. */
    private static final int SIGNALLED = 128;

    private final int rank;
    private final Process process;
    private volatile String said = "";

    private RankProcess(int rank, Process process) {
        this.rank = rank;
        this.process = process;
        Thread reader = new Thread(this::read, "inlay-rank-" + rank);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Starts a process.
     *
     * @param main its main class, which calls {@link LocalRank#join} with its arguments
     * @param address of the meeting
     * @param secret of the meeting
     * @param timeouts of the ranks
     */
    static RankProcess start(String main, int rank, int size, String address, String secret, PeerTimeouts timeouts) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseGet(RankProcess::java));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-agentlib") && !option.startsWith("-javaagent"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(Integer.toString(rank), Integer.toString(size), address));
        command.add(Long.toString(timeouts.idleness().toSeconds()));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().write((secret + "\n").getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            return new RankProcess(rank, process);
        } catch (IOException e) {
            throw new InlayException("cannot start a process for rank " + rank + ": " + e.getMessage(), e);
        }
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LOG.debug("rank {}: {}", rank, line);
                said = line;
            }
        } catch (IOException e) {
            LOG.debug("rank {} cannot be heard any more", rank, e);
        }
    }

    int rank() {
        return rank;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Whether it ended for a reason of its own, not because another rank is gone. */
    boolean isCulprit() {
        return !process.isAlive() && process.exitValue() != LocalRank.LOST;
    }

    /** How it ended. */
    String end() {
        int code = process.exitValue();
        String who = "rank " + rank + " (process " + process.pid() + ") ";
        if (code > SIGNALLED) {
            return who + "was killed by signal " + (code - SIGNALLED);
        }
        return who + "ended with exit code " + code + (said.isEmpty() ? "" : ": " + said);
    }

    /** Has it end at once, without a word. */
    void release() {
        try {
            process.getOutputStream().write(LocalRank.RELEASED);
            process.getOutputStream().close();
        } catch (IOException e) {
            LOG.debug("rank {} cannot be told to end", rank, e);
        }
    }

    /** Waits for its end, and forces it then. */
    void await(long seconds) {
        try {
            process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
