package dev.inlay.serve;

import dev.inlay.serve.PendingRequest.Row;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Waiting images. Each task's are first in, first out; tasks take turns, one image at a time, so that one with a thousand
 * waiting images delays another by no more than one with two. Used under its owner's lock.
 */
final class FairQueue {
    private final Map<String, Deque<Row>> waiting = new LinkedHashMap<>();
    private int size;
    private int rows;

    /** Images that wait. */
    int size() {
        return size;
    }

    /** Rows of batches that they take. */
    int rows() {
        return rows;
    }

    void add(PendingRequest request) {
        Deque<Row> own = waiting.computeIfAbsent(request.id(), id -> new ArrayDeque<>());
        for (int i = 0; i < request.size(); i++) {
            own.add(new Row(request, i));
        }
        size += request.size();
        rows += request.size() * request.task().rows();
    }

    /**
     * When the image came that has waited longest, by {@link System#nanoTime}.
     *
     * @param now to compare with
     */
    long oldest(long now) {
        long longest = Long.MIN_VALUE;
        for (Deque<Row> own : waiting.values()) {
            longest = Math.max(longest, now - own.element().request().arrived());
        }
        return now - longest;
    }

    /**
     * Takes images out, in turn from each task; whose turn was not reached is first the next time.
     *
     * @param most rows of a batch; one image is taken in any case
     */
    List<Row> take(int most) {
        List<Row> taken = new ArrayList<>();
        int left = most;
        while (size > 0) {
            String next = waiting.keySet().iterator().next();
            int of = waiting.get(next).element().size();
            if (of > left && !taken.isEmpty()) {
                break;
            }
            Deque<Row> own = waiting.remove(next);
            taken.add(own.remove());
            left -= of;
            size--;
            rows -= of;
            if (!own.isEmpty()) {
                waiting.put(next, own);
            }
        }
        return taken;
    }

    /** Takes out all images of some requests. */
    List<Row> remove(Predicate<PendingRequest> which) {
        List<Row> removed = new ArrayList<>();
        waiting.values().forEach(own -> own.removeIf(row -> which.test(row.request()) && removed.add(row)));
        waiting.values().removeIf(Deque::isEmpty);
        size -= removed.size();
        rows -= removed.stream().mapToInt(Row::size).sum();
        return removed;
    }
}
