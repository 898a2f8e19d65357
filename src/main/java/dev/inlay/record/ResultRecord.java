package dev.inlay.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

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
     * @param points its runs
     * @param seeds of the comparison
     * @param tasks how many each seed has to have finished to count
     */
    static ResultRecord of(List<PointRecord> points, List<Long> seeds, int tasks) {
        List<PointRecord> finished =
                points.stream().filter(PointRecord::hasFinished).toList();
        List<Double> perSeed = new ArrayList<>();
        for (long seed : seeds) {
            double[] top1 = finished.stream()
                    .filter(point -> point.seed() == seed)
                    .mapToDouble(PointRecord::top1)
                    .toArray();
            if (top1.length == tasks) {
                double sum = 0;
                for (double value : top1) {
                    sum += value;
                }
                perSeed.add(sum / tasks);
            }
        }
        if (finished.isEmpty()) {
            return new ResultRecord(null, List.of(), null, null, null, null, null, 0, points.size());
        }
        return new ResultRecord(
                Measured.of(perSeed),
                perSeed,
                finished.stream().mapToLong(PointRecord::parameters).max().getAsLong(),
                finished.stream().mapToLong(PointRecord::parameters).min().getAsLong(),
                Math.round(finished.stream()
                        .mapToLong(PointRecord::taskBytes)
                        .average()
                        .getAsDouble()),
                finished.stream()
                        .map(PointRecord::peakResidentBytes)
                        .filter(Objects::nonNull)
                        .max(Long::compare)
                        .orElse(null),
                finished.stream().mapToDouble(PointRecord::seconds).average().getAsDouble(),
                finished.size(),
                points.size() - finished.size());
    }
}
