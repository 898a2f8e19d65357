package dev.inlay.report;

import dev.inlay.file.AtomicFile;
import dev.inlay.record.RunRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code report.html}: one page without scripts or anything to fetch, for light and dark screens and for paper. Parts
 * that a run has no numbers for are left out; what comes from outside (class names, paths, the config) is escaped.
 */
public final class ReportPage {
    private ReportPage() {}

    /**
     * Replaces {@code file} by the page of {@code run}, atomically.
     *
     * @param images finds the images of the mistakes
     * @throws dev.inlay.error.InlayException if it cannot be written
     */
    public static void write(Path file, RunRecord run, MistakeImages images) {
        AtomicFile.write(file, html(run, images));
    }

    /**
     * The page of {@code run}.
     *
     * @param images finds the images of the mistakes
     */
    public static String html(RunRecord run, MistakeImages images) {
        List<ReportSection> sections = List.of(
                new HeadlineSection(),
                new MembersSection(),
                new FoldsSection(),
                new SizeSection(),
                new CurvesSection(),
                new SensitivitySection(),
                new PlanSection(),
                new ConfusionSection(),
                new LabelsSection(),
                new CalibrationSection(),
                new MistakesSection(images),
                new MaskImagesSection(images),
                new ChoicesSection(),
                new CostSection(),
                new OriginSection());
        String title = run.name() + ": " + Figures.percent(run.test().score()) + " · Inlay";
        return html(title, page -> sections.forEach(section -> section.write(page, run)));
    }

    /**
     * A page in the look of all pages.
     *
     * @param title of its window
     * @param content appends what it shows, every element closed
     */
    static String html(String title, Consumer<Html> content) {
        Html page = new Html();
        page.open("html", "lang", "en").open("head").empty("meta", "charset", "utf-8");
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.empty("meta", "name", "color-scheme", "content", "light dark");
        page.element("title", title);
        page.style(styleSheet()).close().open("body").open("main");
        content.accept(page);
        return page.close().close().close().page();
    }

    private static String styleSheet() {
        try (InputStream css = ReportPage.class.getResourceAsStream("report.css")) {
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
