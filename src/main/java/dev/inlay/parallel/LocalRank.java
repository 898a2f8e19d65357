package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.LibTorch;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /** Another rank is gone. */
    private static final class LostException extends InlayException {
        private static final long serialVersionUID = 1L;

        LostException(RuntimeException cause) {
            super("another rank is gone", cause);
        }
    }

    /**
     * Does the work of a rank and ends the process.
     *
     * @param args as {@link LocalRanks} gave them to the main class
     * @param work called with the group of all ranks
     */
    public static void join(String[] args, Consumer<Group> work) {
        int rank = Integer.parseInt(args[0]);
        int size = Integer.parseInt(args[1]);
        Path folder = Path.of(args[2]);
        PrintStream console = System.err;
        System.setErr(System.out);
        CountDownLatch done = new CountDownLatch(1);
        holdUntil(done);
        outliveNobody(rank, folder, console);
        System.exit(code(rank, size, folder, work, done));
    }

    private static int code(int rank, int size, Path folder, Consumer<Group> work, CountDownLatch done) {
        try {
            LibTorch.loadGloo();
            Files.createFile(LocalRanks.ready(folder, rank));
            try (Group group =
                    GlooGroup.join(LocalRanks.store(folder), GlooGroup.LOOPBACK, rank, size, LostException::new)) {
                work.accept(group);
            }
            return 0;
        } catch (LostException e) {
            return LOST;
        } catch (InlayException e) {
            System.out.println(e.getMessage());
            return e.exitCode();
        } catch (IOException | RuntimeException | Error e) {
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

    private static void outliveNobody(int rank, Path folder, PrintStream console) {
        Thread thread = new Thread(
                () -> {
                    if (letGo() != RELEASED && rank == 1) {
                        console.println(
                                "inlay: rank 0 was killed, so the other ranks end; what was saved last stands, the"
                                        + " same command goes on from there");
                        LocalRanks.delete(folder);
                    }
                    Runtime.getRuntime().halt(LOST);
                },
                "inlay-rank-0");
        thread.setDaemon(true);
        thread.start();
    }

    private static int letGo() {
        try {
            return System.in.read();
        } catch (IOException e) {
            return -1;
        }
    }
}
