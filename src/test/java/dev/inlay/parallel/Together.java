package dev.inlay.parallel;

import dev.inlay.error.InlayException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Ranks that are threads of this process, connected as processes are. */
public final class Together {
    private Together() {}

    /**
     * Does the same on every rank.
     *
     * @param folder for the file in which they meet
     * @return what each gave
     */
    public static <T> List<T> run(Path folder, int ranks, Function<Group, T> work) throws Exception {
        Path file = folder.resolve("store-" + UUID.randomUUID());
        ExecutorService threads = Executors.newFixedThreadPool(ranks);
        try {
            List<Future<T>> results = new ArrayList<>();
            for (int i = 0; i < ranks; i++) {
                int rank = i;
                results.add(threads.submit(() -> {
                    try (Group group = GlooGroup.join(
                            file, GlooGroup.LOOPBACK, rank, ranks, e -> new InlayException("broken", e))) {
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
            threads.shutdownNow();
        }
    }
}
