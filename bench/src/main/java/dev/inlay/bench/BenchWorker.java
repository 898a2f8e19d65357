package dev.inlay.bench;

import dev.inlay.plan.Plan;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/** Does one case after the other, and measures it. */
public interface BenchWorker extends AutoCloseable {
    /**
     * Makes a case ready; the one before is put away.
     *
     * @param plan what SPT tunes; empty elsewhere
     */
    CaseInfo open(BenchCase work, Optional<Plan> plan);

    /** Runs the open case, so many times. */
    Rounds run(int times);

    /**
     * Runs the open case, so many times, and watches memory.
     *
     * @return empty on systems that do not tell
     */
    Optional<Memory> memory(int times);

    /**
     * Runs the open case for a while and samples where its thread is.
     *
     * @return share of time inside LibTorch, in [0, 1]; empty if that cannot be sampled
     */
    OptionalDouble share(Duration atLeast);

    @Override
    void close();
}
