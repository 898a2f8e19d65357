package dev.inlay.serve;

import dev.inlay.task.TaskInfo;
import dev.inlay.tuning.mixed.BatchableTuning;
import java.util.concurrent.atomic.AtomicInteger;

/** One version of a task on the backbone. It is freed when the registry and every request have let go of it. */
final class LoadedTask {
    private static final int NUMBERS_PER_ROW = 1 << 20;

    private final TaskInfo info;
    private final BatchableTuning tuning;
    private final int rows;
    private final long nativeBytes;
    private final long heapBytes;
    private final AtomicInteger holders = new AtomicInteger(1);

    /**
     * @param tuning ownership of what is behind it passes to this object; the caller is its first holder
     * @param rows of a batch that an image takes, at least 1
     * @param nativeBytes of the tuning
     * @param heapBytes of the tuning
     */
    LoadedTask(TaskInfo info, BatchableTuning tuning, int rows, long nativeBytes, long heapBytes) {
        this.info = info;
        this.tuning = tuning;
        this.rows = rows;
        this.nativeBytes = nativeBytes;
        this.heapBytes = heapBytes;
    }

    /**
     * How many rows of a batch an image takes: one for each member, or as many as its map of logits would fill.
     *
     * @param numbers that a member gives for an image
     */
    static int rows(int members, int numbers) {
        return members * (1 + (numbers - 1) / NUMBERS_PER_ROW);
    }

    /** The method that it is tuned by. */
    String kind() {
        return info.method();
    }

    /** How many rows of a batch an image takes. */
    int rows() {
        return rows;
    }

    long nativeBytes() {
        return nativeBytes;
    }

    long heapBytes() {
        return heapBytes;
    }

    TaskInfo info() {
        return info;
    }

    /** Valid while the caller holds the task. */
    BatchableTuning tuning() {
        return tuning;
    }

    /** Holds the task until {@link #release}; false if it is already freed. */
    boolean hold() {
        return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            tuning.ensemble().close();
        }
    }

    int holders() {
        return holders.get();
    }
}
