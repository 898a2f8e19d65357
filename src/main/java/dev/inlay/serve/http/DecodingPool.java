package dev.inlay.serve.http;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Decodes images for few requests at a time, as decoded ones are large, on threads of its own. Tasks take turns, one request at a
 * time, and one decoder more is kept for tasks that hold none, so that costly images for one task hold up no other.
 */
final class DecodingPool implements AutoCloseable {
    /** Of a pixel, at most: 16-bit RGBA as it is read, and 8-bit RGB. */
    private static final int BYTES_PER_PIXEL = 12;

    private final int most;
    private final ExecutorService threads;
    private final Map<String, Deque<Runnable>> waiting = new LinkedHashMap<>();
    private final Map<String, Integer> running = new HashMap<>();
    private int total;

    /**
     * @param maxPixels of an image
     * @param most requests for one task whose images are decoded at a time; 0 for one per core, fewer where half of the heap does not hold as many
     */
    DecodingPool(long maxPixels, int most) {
        this.most = most > 0 ? most : fitting(maxPixels);
        this.threads = Executors.newFixedThreadPool(this.most + 1, work -> {
            Thread thread = new Thread(work, "inlay-decode");
            thread.setDaemon(true);
            return thread;
        });
    }

    private static int fitting(long maxPixels) {
        long inHeap = Runtime.getRuntime().maxMemory() / 2 / (maxPixels * BYTES_PER_PIXEL);
        return (int) Math.max(1, Math.min(inHeap, Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Has work done when it is its turn.
     *
     * @param work decodes the images of one request and throws nothing
     */
    synchronized void submit(String task, Runnable work) {
        waiting.computeIfAbsent(task, id -> new ArrayDeque<>()).add(work);
        startNext();
    }

    /**
     * Takes work back.
     *
     * @return whether it had not begun, and never will
     */
    synchronized boolean withdraw(String task, Runnable work) {
        Deque<Runnable> own = waiting.get(task);
        boolean found = own != null && own.remove(work);
        if (found && own.isEmpty()) {
            waiting.remove(task);
        }
        return found;
    }

    private void startNext() {
        for (Optional<String> next = next(); next.isPresent(); next = next()) {
            String task = next.get();
            Deque<Runnable> own = waiting.remove(task);
            Runnable work = own.remove();
            if (!own.isEmpty()) {
                waiting.put(task, own);
            }
            total++;
            running.merge(task, 1, Integer::sum);
            threads.execute(() -> {
                try {
                    work.run();
                } finally {
                    ended(task);
                }
            });
        }
    }

    /** Whose turn it is, if there is a decoder for it. */
    private Optional<String> next() {
        return waiting.keySet().stream()
                .filter(task -> total < most || total == most && !running.containsKey(task))
                .findFirst();
    }

    private synchronized void ended(String task) {
        total--;
        running.computeIfPresent(task, (same, count) -> count == 1 ? null : count - 1);
        startNext();
    }

    /** Begins nothing more. */
    @Override
    public synchronized void close() {
        waiting.clear();
        threads.shutdown();
    }
}
