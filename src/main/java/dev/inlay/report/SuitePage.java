package dev.inlay.report;

import dev.inlay.file.AtomicFile;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SetRecord.State;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRow;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@code suite.html}: a suite as one page, in the manner of {@link ReportPage}. */
public final class SuitePage {
    private SuitePage() {}

    /**
     * Replaces {@code file} by the page of {@code suite}, atomically.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, SuiteRecord suite) {
        AtomicFile.write(file, html(suite));
    }

    /** The page of {@code suite}. */
    public static String html(SuiteRecord suite) {
        return ReportPage.html(suite.name() + " · Inlay", page -> {
            headline(page, suite);
            means(page, suite);
            SuiteChartsSection.write(page, suite);
            SuiteTasksSection.write(page, suite);
            published(page, suite);
            sets(page, suite);
            FailuresSection.write(page, suite.failures());
        });
    }

    private static void headline(Html page, SuiteRecord suite) {
        int finished = suite.methods().stream().mapToInt(SuiteRow::finished).sum();
        int all = suite.methods().size() * suite.tasks().size() * suite.seeds().size();
        page.line().open("header");
        page.element("p", "Inlay suite", "class", "kicker").element("h1", suite.name());
        page.open("p", "class", "lead");
        page.element("strong", Figures.count(suite.methods().size(), "method")).text(" on ");
        page.element("strong", Figures.count(suite.tasks().size(), "task")).text(" in ");
        page.element("strong", Figures.count(suite.groups().size(), "group")).text(" with ");
        page.element("strong", Figures.count(suite.seeds().size(), "seed"));
        page.text(": " + finished + " of " + Figures.count(all, "run") + " are done.")
                .close();
        if (!suite.about().isEmpty()) {
            page.element("p", suite.about(), "class", "note");
        }
        page.close();
        suite.notes().forEach(note -> page.line().element("p", note, "class", "warning"));
    }

    /** A row for each line, the groups and both means. */
    private static void means(Html page, SuiteRecord suite) {
        List<SuiteFigure> means = SuiteFigure.means(suite);
        ReportSection.open(page, "means", "Means").open("div", "class", "ranking");
        List<String> headings = SuiteText.row("method", "protocol", means, mean -> "#" + mean.title());
        Table table = Table.open(page, with(headings, "#parameters", "#time per run"));
        for (SuiteLine line : SuiteLine.of(suite)) {
            String protocol = line.protocol() + (line.isPublished() ? " " + mark(suite, line) : "");
            List<String> cells = SuiteText.row(line.method(), protocol, means, mean -> mean.cell(line));
            SuiteRow costs = line.costs();
            table.row(
                    costs != null,
                    costs == null
                            ? with(cells, "", "")
                            : with(
                                    cells,
                                    Figures.counts(costs.leastParameters(), costs.parameters()),
                                    ComparisonText.orDash(costs.seconds(), Figures::duration)));
        }
        table.close();
        page.close();
        page.element("p", protocols(suite), "class", "note").close();
    }

    private static String[] with(List<String> cells, String... more) {
        return Stream.concat(cells.stream(), Stream.of(more)).toArray(String[]::new);
    }

    private static String protocols(SuiteRecord suite) {
        int most = suite.methods().stream()
                .mapToInt(SuiteRow::testEvaluations)
                .max()
                .orElse(0);
        return Figures.capitalised(suite.scoreName())
                + " on the test splits in percent, mean ± sample standard deviation over "
                + Figures.count(suite.seeds().size(), "seed")
                + " (of each seed’s own mean, of seeds that finished on every task of it). " + SuiteLine.LAST_EPOCH
                + ": the result; what a config searches is chosen on the validation split, and the last epoch counts. "
                + SuiteLine.BEST_ON_TEST
                + ": no result; the epoch of the same runs with the highest " + suite.scoreName()
                + " on the test split, of up to "
                + most
                + " that were evaluated there. Published numbers that also chose a budget or a rate on the test split had more to"
                + " choose from. A mean stands only where every task of it is done.";
    }

    /** A number for each source. */
    static String mark(SuiteRecord suite, SuiteLine line) {
        return "[" + (sources(suite).indexOf(line.source()) + 1) + "]";
    }

    private static List<String> sources(SuiteRecord suite) {
        return suite.published().stream().map(PublishedRow::source).distinct().toList();
    }

    private static void published(Html page, SuiteRecord suite) {
        if (suite.published().isEmpty()) {
            return;
        }
        ReportSection.open(page, "sources", "Sources of the published numbers").open("dl");
        List<String> sources = sources(suite);
        for (int i = 0; i < sources.size(); i++) {
            page.element("dt", "[" + (i + 1) + "]").element("dd", sources.get(i));
        }
        page.close();
        page.element(
                        "p",
                        "Their protocols differ from this page’s and from one another’s; where a source prints tasks"
                                + " alone, its means are computed from them.",
                        "class",
                        "note")
                .close();
    }

    private static void sets(Html page, SuiteRecord suite) {
        List<SetRecord> missing =
                suite.sets().stream().filter(set -> set.state() != State.READY).toList();
        if (missing.isEmpty()) {
            return;
        }
        ReportSection.open(page, "missing", "Missing data sets");
        Table table = Table.open(page, "task", "images", "expected");
        missing.forEach(set -> table.row(set.task(), set.problem(), set.layout()));
        table.close();
        page.close();
    }
}
