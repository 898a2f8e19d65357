package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Ranks that are threads of this process, connected as processes are. */
public final class Together {
    private Together() {}

    /**
     * Does the same on every rank.
     *
     * @return what each gave
     */
    public static <T> List<T> run(int ranks, Function<Group, T> work) throws Exception {
        return run(ranks, PeerTimeouts.DEFAULT, work);
    }

    static <T> List<T> run(int ranks, PeerTimeouts timeouts, Function<Group, T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(ranks);
        try (Rendezvous rendezvous = Rendezvous.open(Rendezvous.LOOPBACK, 0, "secret")) {
            List<Future<T>> results = new ArrayList<>();
            for (int i = 0; i < ranks; i++) {
                int rank = i;
                results.add(threads.submit(() -> {
                    try (Group group = join(rendezvous, rank, ranks, timeouts)) {
                        return work.apply(group);
                    }
                }));
            }
            List<T> values = new ArrayList<>();
            for (Future<T> result : results) {
                values.add(result.get());
            }
            return values;
        } finally {
            // ranks that have yet to say how they end are not cut short by the first that did
            threads.shutdown();
            threads.awaitTermination(60, TimeUnit.SECONDS);
            threads.shutdownNow();
        }
    }

    private static Group join(Rendezvous rendezvous, int rank, int ranks, PeerTimeouts timeouts) {
        return rank == 0
                ? rendezvous.await(ranks, "1", timeouts, () -> {}, InlayException::new)
                : Rendezvous.join(rendezvous.address(), "secret", rank, ranks, "1", timeouts, InlayException::new);
    }
}
