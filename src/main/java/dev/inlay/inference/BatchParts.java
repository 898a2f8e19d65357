package dev.inlay.inference;

import dev.inlay.data.loading.Batch;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Computes a batch in main memory in parts, each on a thread of its own: threads that share every operation of a network wait
 * for one another after each, those with images of their own only at the end of the batch. What is on a GPU, or has fewer
 * images than there are threads, is computed as a whole.
 */
final class BatchParts implements AutoCloseable {
    private final int threads;
    private final ExecutorService executor;

    /** A part and what the network gave of it, row by row. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Computed(Batch part, float[] rows) {}

    /**
     * Starts no thread yet.
     *
     * @param threads how many, at least 1; 1 leaves every batch whole, on the calling thread
     */
    BatchParts(int threads) {
        this.threads = threads;
        ThreadFactory factory = task -> {
            Thread thread = new Thread(
                    () -> {
                        LibTorch.threadsHere(1);
                        task.run();
                    },
                    "inlay-inference");
            thread.setDaemon(true);
            return thread;
        };
        this.executor = Executors.newFixedThreadPool(threads, factory);
    }

    /**
     * Computes a batch.
     *
     * @param network called on any thread, without gradients and in a scope of its own
     * @return the parts in their order
     */
    List<Computed> compute(Batch batch, Function<Batch, float[]> network) {
        int size = batch.size();
        if (threads == 1 || size < threads || !Device.of(batch.input()).isCpu()) {
            return List.of(computed(batch, network));
        }
        List<CompletableFuture<Computed>> parts = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int from = i * size / threads;
            int to = (i + 1) * size / threads;
            Batch part = new Batch(
                    Arrays.copyOfRange(batch.indices(), from, to),
                    batch.input().narrow(0, from, to - from),
                    batch.step(),
                    batch.labels().narrow(0, from, to - from));
            parts.add(CompletableFuture.supplyAsync(() -> computed(part, network), executor));
        }
        // all, whatever became of one: they use tensors of the caller's scope
        CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .exceptionally(failure -> null)
                .join();
        try {
            return parts.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static Computed computed(Batch part, Function<Batch, float[]> network) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return new Computed(part, network.apply(part));
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
