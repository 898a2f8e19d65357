package dev.inlay.report;

import dev.inlay.file.AtomicFile;
import dev.inlay.record.ComparisonRecord;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code compare.html}: a comparison as one page, in the manner of {@link ReportPage}. */
public final class ComparisonPage {
    private ComparisonPage() {}

    /**
     * Replaces {@code file} by the page of {@code comparison}, atomically.
     *
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, ComparisonRecord comparison) {
        AtomicFile.write(file, html(comparison));
    }

    /** The page of {@code comparison}. */
    public static String html(ComparisonRecord comparison) {
        return ReportPage.html(comparison.name() + ": " + methods(comparison) + " · Inlay", page -> {
            headline(page, comparison);
            RankingSection.write(page, comparison);
            TradeOffSection.write(page, comparison);
            TaskBarsSection.write(page, comparison);
            EveryRunSection.write(page, comparison);
        });
    }

    private static void headline(Html page, ComparisonRecord comparison) {
        page.line().open("header");
        page.element("p", "Inlay comparison", "class", "kicker").element("h1", comparison.name());
        page.open("p", "class", "lead").element("strong", methods(comparison)).text(" on ");
        page.element("strong", Figures.count(comparison.tasks().size(), "task")).text(" with ");
        page.element("strong", Figures.count(comparison.seeds().size(), "seed"));
        if (!comparison.backbones().isEmpty()) {
            page.text(" on ").element("strong", String.join(", ", comparison.backbones()));
        }
        page.text(": " + Figures.count(comparison.points().size(), "run") + ".")
                .close()
                .close();
        long failed = comparison.failures().count();
        if (failed > 0) {
            page.line()
                    .element(
                            "p",
                            Figures.count(failed, "run")
                                    + " failed; the results of the others stand. The reasons are at the"
                                    + " end of the page.",
                            "class",
                            "warning");
        }
        Map<String, Long> warnings = new LinkedHashMap<>();
        comparison.points().forEach(point -> point.warnings()
                .forEach(warning -> warnings.merge(warning, 1L, Long::sum)));
        warnings.forEach((warning, runs) ->
                page.line().element("p", Figures.count(runs, "run") + ": " + warning, "class", "warning"));
    }

    private static String methods(ComparisonRecord comparison) {
        return Figures.count(comparison.methods().size(), "method");
    }
}
