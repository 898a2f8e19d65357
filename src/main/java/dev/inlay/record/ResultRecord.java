package dev.inlay.record;

import java.util.List;

/**
 * What several runs of one method came to, on one task or on all. Null numbers are those that no run has.
 *
 * @param accuracy on the test split, a fraction in [0, 1]; over all tasks it is that of each seed's mean over the tasks,
 *     of seeds that finished on every task
 * @param perSeed what {@code accuracy} is made of, in the order of the seeds
 * @param parameters the most numbers that a run trained, without the head
 * @param leastParameters the fewest
 * @param taskBytes mean size of a task file, rounded
 * @param peakResidentBytes the most memory the process held during one of the runs
 * @param seconds mean wall-clock time of a run without loading and reporting
 * @param finished how many runs the numbers rest on
 * @param failed how many runs failed
 */
public record ResultRecord(
        Measured accuracy,
        List<Double> perSeed,
        Long parameters,
        Long leastParameters,
        Long taskBytes,
        Long peakResidentBytes,
        Double seconds,
        int finished,
        int failed) {
    /** Copies the list. */
    public ResultRecord {
        perSeed = perSeed == null ? List.of() : List.copyOf(perSeed);
    }

    /**
     * The result of one method.
     *
     * @param runs on one task or all
     * @param tasks those that a seed has to have finished to count
     */
    static ResultRecord of(MethodRuns<ComparisonRunRecord> runs, List<String> tasks) {
        List<Double> perSeed = runs.perSeed(tasks, ComparisonRunRecord::top1);
        Double taskBytes = runs.average(ComparisonRunRecord::taskBytes);
        return new ResultRecord(
                Measured.of(perSeed),
                perSeed,
                runs.most(ComparisonRunRecord::parameters),
                runs.least(ComparisonRunRecord::parameters),
                taskBytes == null ? null : Long.valueOf(Math.round(taskBytes)),
                runs.most(ComparisonRunRecord::peakResidentBytes),
                runs.average(ComparisonRunRecord::seconds),
                runs.finished().size(),
                runs.failed());
    }
}
