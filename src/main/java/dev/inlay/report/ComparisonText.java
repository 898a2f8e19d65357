package dev.inlay.report;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MethodRecord;
import dev.inlay.record.ResultRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** A comparison as text: a table for people, and CSV for programs. */
public final class ComparisonText {
    /** What the CSV calls the rows over all tasks. */
    private static final String ALL_TASKS = "all tasks";

    private static final String NONE = "–";

    private ComparisonText() {}

    /** The table, the best method first, with what its numbers are and every failure. */
    public static String table(ComparisonRecord comparison) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "method",
                comparison.scoreName() + ", % ± sample sd",
                "parameters",
                "bytes/task",
                "peak memory",
                "seconds",
                ""));
        comparison.methods().forEach(method -> rows.add(cells(method)));
        StringBuilder text = new StringBuilder(caption(comparison)).append('\n');
        text.append(TextTable.lines(rows, 1));
        return text.append(FailuresSection.text(comparison.failures().toList())).toString();
    }

    /** What the numbers of the table are. */
    static String caption(ComparisonRecord comparison) {
        String tasks = comparison.tasks().size() == 1
                ? "on the test split of " + comparison.tasks().get(0)
                : "on the test splits, mean over " + comparison.tasks().size() + " tasks";
        String seeds = comparison.seeds().size() == 1
                ? "seed " + comparison.seeds().get(0)
                : "± sample standard deviation over " + comparison.seeds().size() + " seeds";
        return comparison.scoreName() + " " + tasks + ", " + seeds + "; parameters without the head; seconds a run";
    }

    private static List<String> cells(MethodRecord method) {
        ResultRecord all = method.all();
        int runs = all.finished() + all.failed();
        return List.of(
                method.name(),
                Figures.measured(all.accuracy()),
                parameters(all),
                orDash(all.taskBytes(), Figures::count),
                orDash(all.peakResidentBytes(), Figures::bytes),
                orDash(all.seconds(), seconds -> String.format(Locale.ROOT, "%.1f", seconds)),
                all.failed() == 0 ? "" : all.failed() + " of " + runs + " runs failed");
    }

    /** One count, or the fewest and the most where runs differ. */
    static String parameters(ResultRecord result) {
        return Figures.counts(result.leastParameters(), result.parameters());
    }

    static <T> String orDash(T value, Function<T, String> figure) {
        return value == null ? NONE : figure.apply(value);
    }

    /**
     * A row for each method over all tasks and for each method on each task, best method first; accuracies are fractions, and
     * what is not there is empty.
     */
    public static String csv(ComparisonRecord comparison) {
        StringBuilder csv =
                new StringBuilder("method,task,accuracy,spread,seeds,parameters,least_parameters,task_bytes,"
                        + "peak_resident_bytes,seconds,finished,failed\n");
        for (MethodRecord method : comparison.methods()) {
            csv.append(line(method.name(), ALL_TASKS, method.all()));
            method.tasks().forEach((task, result) -> csv.append(line(method.name(), task, result)));
        }
        return csv.toString();
    }

    private static String line(String method, String task, ResultRecord result) {
        boolean measured = result.accuracy() != null;
        return TextTable.csv(
                method,
                task,
                measured ? result.accuracy().mean() : null,
                measured ? result.accuracy().spread() : null,
                measured ? result.accuracy().seeds() : 0,
                result.parameters(),
                result.leastParameters(),
                result.taskBytes(),
                result.peakResidentBytes(),
                result.seconds(),
                result.finished(),
                result.failed());
    }
}
