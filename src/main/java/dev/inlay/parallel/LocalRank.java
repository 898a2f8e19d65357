package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * The life of a process that {@link LocalRanks} started. It keeps nothing, so it ends at once when rank 0 lets go of the pipe
 * to its standard input, by its own death too. Signals are rank 0's to answer: Ctrl-C goes to all processes of a terminal, and
 * rank 0 needs the others until it has taken its last step.
 */
public final class LocalRank {
    /** The exit code of a rank that ended because another one is gone. */
    static final int LOST = 75;

    /** What rank 0 writes before it lets go on purpose. */
    static final int RELEASED = 'x';

    private LocalRank() {}

    /**
     * Does the work of a rank and ends the process.
     *
     * @param args as {@link LocalRanks} gave them to the main class
     * @param work called with the group of all ranks
     */
    public static void join(String[] args, Consumer<Group> work) {
        int rank = Integer.parseInt(args[0]);
        int size = Integer.parseInt(args[1]);
        String secret = firstLine();
        PrintStream console = System.err;
        System.setErr(System.out);
        CountDownLatch done = new CountDownLatch(1);
        holdUntil(done);
        outliveNobody(rank, console);
        PeerTimeouts timeouts = PeerTimeouts.idle(Duration.ofSeconds(Long.parseLong(args[3])));
        System.exit(code(args[2], secret, rank, size, timeouts, work, done));
    }

    private static int code(
            String address,
            String secret,
            int rank,
            int size,
            PeerTimeouts timeouts,
            Consumer<Group> work,
            CountDownLatch done) {
        try (Group group = Rendezvous.join(address, secret, rank, size, "", timeouts, LostRankException::new)) {
            group.take(() -> work.accept(group));
            return 0;
        } catch (LostRankException e) {
            return LOST;
        } catch (InlayException e) {
            System.out.println(e.getMessage());
            return e.exitCode();
        } catch (RuntimeException | Error e) {
            System.out.println(e);
            return 1;
        } finally {
            System.out.flush();
            done.countDown();
        }
    }

    private static void holdUntil(CountDownLatch done) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                done.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "inlay-signal"));
    }

    /** The secret of the meeting: arguments can be read by other users. */
    private static String firstLine() {
        StringBuilder line = new StringBuilder();
        for (int c = next(); c >= 0 && c != '\n'; c = next()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static void outliveNobody(int rank, PrintStream console) {
        Thread thread = new Thread(
                () -> {
                    if (next() != RELEASED && rank == 1) {
                        console.println("inlay: rank 0 was killed, so the other ranks end; what was saved last stands;"
                                + " rerun the same command to resume");
                    }
                    Runtime.getRuntime().halt(LOST);
                },
                "inlay-rank-0");
        thread.setDaemon(true);
        thread.start();
    }

    private static int next() {
        try {
            return System.in.read();
        } catch (IOException e) {
            return -1;
        }
    }
}
