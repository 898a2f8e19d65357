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
        return run(ranks, Patience.DEFAULT, work);
    }

    static <T> List<T> run(int ranks, Patience patience, Function<Group, T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(ranks);
        try (Meeting meeting = Meeting.open(Meeting.LOOPBACK, 0, "secret")) {
            List<Future<T>> results = new ArrayList<>();
            for (int i = 0; i < ranks; i++) {
                int rank = i;
                results.add(threads.submit(() -> {
                    try (Group group = join(meeting, rank, ranks, patience)) {
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

    private static Group join(Meeting meeting, int rank, int ranks, Patience patience) {
        return rank == 0
                ? meeting.await(ranks, "1", patience, () -> {}, InlayException::new)
                : Meeting.join(meeting.address(), "secret", rank, ranks, "1", patience, InlayException::new);
    }
}
