package dev.inlay.report;

import dev.inlay.record.Measured;
import dev.inlay.record.ProtocolRecord;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A line of a suite's tables: a method under one protocol, or what others have published.
 *
 * @param method its name
 * @param protocol what its accuracies are
 * @param source where they are printed; empty for a method of the suite
 * @param numbers its accuracies; what is published is of 0 seeds
 * @param costs where the costs of the method are shown; else null
 */
record SuiteLine(String method, String protocol, String source, ProtocolRecord numbers, SuiteRow costs) {
    /** What the protocol of the result is called. */
    static final String LAST_EPOCH = "last epoch";

    /** What the protocol of the extra is called. */
    static final String BEST_ON_TEST = "best on test";

    private static final String PUBLISHED = "published";

    /** Each method under both protocols, in their order, then what is published. */
    static List<SuiteLine> of(SuiteRecord suite) {
        List<SuiteLine> lines = new ArrayList<>();
        for (SuiteRow row : suite.methods()) {
            lines.add(new SuiteLine(row.method(), LAST_EPOCH, "", row.lastEpoch(), row));
            lines.add(new SuiteLine(row.method(), BEST_ON_TEST, "", row.bestOnTest(), null));
        }
        for (PublishedRow row : suite.published()) {
            ProtocolRecord printed = new ProtocolRecord(
                    printed(row.tasks()),
                    printed(row.groups()),
                    printed(row.meanOfTasks()),
                    printed(row.meanOfGroups()));
            lines.add(new SuiteLine(row.method(), PUBLISHED, row.source(), printed, null));
        }
        return lines;
    }

    private static Map<String, Measured> printed(Map<String, Double> accuracies) {
        Map<String, Measured> printed = new LinkedHashMap<>();
        accuracies.forEach((name, accuracy) -> printed.put(name, printed(accuracy)));
        return printed;
    }

    private static Measured printed(Double accuracy) {
        return accuracy == null ? null : new Measured(accuracy, null, 0);
    }

    boolean isPublished() {
        return !source.isEmpty();
    }
}
