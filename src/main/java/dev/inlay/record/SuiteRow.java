package dev.inlay.record;

import java.util.List;
import java.util.Objects;

/**
 * One method of a suite.
 *
 * @param method its name
 * @param lastEpoch the result: settings chosen on the validation split, accuracy of the last epoch on the test split
 * @param bestOnTest an extra: the epoch that the test split liked best, of the same runs
 * @param testEvaluations the most epochs that {@code bestOnTest} was chosen from in a run
 * @param parameters the most that a run trained, without the head; null if none finished
 * @param leastParameters the fewest
 * @param seconds mean wall-clock time of a run; null if none finished
 * @param finished how many runs the numbers rest on
 * @param failed how many runs failed
 */
public record SuiteRow(
        String method,
        ProtocolRecord lastEpoch,
        ProtocolRecord bestOnTest,
        int testEvaluations,
        Long parameters,
        Long leastParameters,
        Double seconds,
        int finished,
        int failed) {
    /**
     * @throws NullPointerException if the method or a protocol is null
     */
    public SuiteRow {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(lastEpoch, "lastEpoch");
        Objects.requireNonNull(bestOnTest, "bestOnTest");
    }

    /**
     * Sums the runs of a method up.
     *
     * @param tasks every task of the suite
     */
    static SuiteRow of(String method, List<SuiteTask> tasks, MethodRuns<SuiteRunRecord> runs) {
        return new SuiteRow(
                method,
                ProtocolRecord.of(tasks, runs, SuiteRunRecord::top1),
                ProtocolRecord.of(
                        tasks,
                        runs,
                        run -> run.bestOnTest() == null
                                ? null
                                : run.bestOnTest().top1()),
                runs.finished().stream()
                        .mapToInt(SuiteRunRecord::testEvaluations)
                        .max()
                        .orElse(0),
                runs.most(SuiteRunRecord::parameters),
                runs.least(SuiteRunRecord::parameters),
                runs.average(SuiteRunRecord::seconds),
                runs.finished().size(),
                runs.failed());
    }
}
