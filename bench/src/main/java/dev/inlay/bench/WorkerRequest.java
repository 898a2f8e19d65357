package dev.inlay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.tensor.Precision;
import java.util.List;

/**
 * A line that asks a worker for something; keys that a request does not need are absent.
 *
 * @param op what is asked for
 * @param work the case; of {@code OPEN} and {@code PLAN}
 * @param plan as {@code docs/plan-format.md} has it; of {@code OPEN}, where SPT is tuned
 * @param times how many runs; of {@code RUN} and {@code MEMORY}
 * @param seconds at least so long; of {@code SHARE}, and of {@code RATE} for each size and library
 * @param precisions of {@code RATE}
 * @param file where to write; of {@code SAVE}
 */
record WorkerRequest(
        Op op, BenchCase work, JsonNode plan, int times, double seconds, List<Precision> precisions, String file) {
    /** What can be asked for. */
    enum Op {
        /** Every case: {@link BenchSuite#full}. */
        SUITE,
        /** What computes, by name, and the number of threads. */
        FACTS,
        /** The machine's rates of matrix products, in some precisions. */
        RATE,
        /** The plan of a case; null where it needs none. */
        PLAN,
        /** {@link BenchWorker#open}. */
        OPEN,
        /** {@link BenchWorker#run}. */
        RUN,
        /** {@link BenchWorker#memory}. */
        MEMORY,
        /** {@link BenchWorker#share}. */
        SHARE,
        /** What the open case starts from, as a safetensors file. */
        SAVE
    }

    static WorkerRequest open(BenchCase work, JsonNode plan) {
        return new WorkerRequest(Op.OPEN, work, plan, 0, 0, null, null);
    }

    static WorkerRequest run(int times) {
        return new WorkerRequest(Op.RUN, null, null, times, 0, null, null);
    }

    static WorkerRequest memory(int times) {
        return new WorkerRequest(Op.MEMORY, null, null, times, 0, null, null);
    }

    static WorkerRequest share(double seconds) {
        return new WorkerRequest(Op.SHARE, null, null, 0, seconds, null, null);
    }
}
