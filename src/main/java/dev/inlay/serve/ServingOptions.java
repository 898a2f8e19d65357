package dev.inlay.serve;

import dev.inlay.error.ConfigException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits of a {@link Predictor}.
 *
 * @param maxBatch most images computed together, at least 1
 * @param maxWait how long an image waits for others to be computed with while the batch is not full; 0 or more
 * @param queueCapacity most images that wait; a request that does not fit is refused. At least {@code maxBatch}.
 * @param timeout how long a request may wait unless it says otherwise; more than 0
 * @param maxTasks most tasks, at least 1
 * @param maxApart most tasks with matrices or images of their own, which share no products with others; 0 or more
 */
public record ServingOptions(
        int maxBatch, Duration maxWait, int queueCapacity, Duration timeout, int maxTasks, int maxApart) {
    /** Batches of 32 after at most 2 ms, 1,024 images waiting for at most 30 s, 10,000 tasks, 4 of them apart. */
    public static final ServingOptions DEFAULT =
            new ServingOptions(32, Duration.ofMillis(2), 1024, Duration.ofSeconds(30), 10_000, 4);

    /**
     * Checks every component.
     *
     * @throws ConfigException naming every value out of range
     */
    public ServingOptions {
        List<String> problems = new ArrayList<>();
        requireAtLeast("maxBatch", maxBatch, 1, problems);
        requireAtLeast("queueCapacity", queueCapacity, maxBatch, problems);
        requireAtLeast("maxTasks", maxTasks, 1, problems);
        requireAtLeast("maxApart", maxApart, 0, problems);
        if (maxWait.isNegative()) {
            problems.add("maxWait: expected 0 or more, found " + maxWait);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            problems.add("timeout: expected more than 0, found " + timeout);
        }
        if (!problems.isEmpty()) {
            throw new ConfigException("options of serving", problems);
        }
    }

    private static void requireAtLeast(String name, int value, int least, List<String> problems) {
        if (value < least) {
            problems.add(name + ": expected at least " + least + ", found " + value);
        }
    }
}
