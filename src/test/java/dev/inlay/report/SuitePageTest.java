package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.BestOnTest;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteRunRecord;
import dev.inlay.record.SuiteTask;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class SuitePageTest {
    private static final List<SuiteTask> TASKS = List.of(
            new SuiteTask("<dtd>", "Natural", 47, 1880),
            new SuiteTask("kitti", "Structured", 4, 711),
            new SuiteTask("dmlab", "Structured", 6, 22735));

    @Test
    void isOneWellFormedPageThatFetchesAndRunsNothing() throws Exception {
        for (SuiteRecord suite : List.of(suite(), empty())) {
            HtmlPage page = page(suite);
            page.assertFetchesAndRunsNothing();
            assertThat(page.elements("img")).isEmpty();
            assertThat(page.text()).doesNotContain("null", "NaN", "Infinity");
        }
    }

    @Test
    void bothMeansStandUnderTheirNamesForBothProtocolsAndThePublishedRow() throws Exception {
        HtmlPage page = page(suite());
        Element means = page.elements("table").get(0);
        assertThat(HtmlPage.texts(means, "th"))
                .containsSequence("Natural", "Structured", "mean of 3 tasks", "mean of 2 groups");
        List<Element> rows = HtmlPage.elements(page.elements("tbody").get(0), "tr");
        assertThat(HtmlPage.texts(rows.get(0), "td")).startsWith("SPT", "last epoch", "90.0", "30.0", "50.0", "60.0");
        assertThat(HtmlPage.texts(rows.get(1), "td")).startsWith("SPT", "best on test", "95.0", "35.0", "55.0", "65.0");
        assertThat(HtmlPage.texts(rows.get(2), "td")).startsWith("Full", "published [1]", "75.9", "47.6", "–", "61.8");
    }

    @Test
    void everyTaskHasARowUnderItsGroupAndWhatIsMissingIsListed() throws Exception {
        HtmlPage page = page(suite());
        List<String> rows = HtmlPage.elements(page.elements("tbody").get(1), "tr").stream()
                .map(row -> HtmlPage.texts(row, "td").get(0))
                .toList();
        assertThat(rows)
                .containsExactly(
                        "<dtd>", "Natural", "kitti", "dmlab", "Structured", "mean of 3 tasks", "mean of 2 groups");
        assertThat(page.section("sources").getTextContent()).contains("[1]", "Table 1 of somewhere");
        assertThat(page.section("missing").getTextContent()).contains("kitti", "not there: here", "lists");
        assertThat(page.elements("header").get(0).getTextContent()).contains("3 of 3 ");
        assertThat(page.elements("p").stream()
                        .filter(note -> note.getAttribute("class").equals("warning")))
                .singleElement()
                .satisfies(fewSeeds -> assertThat(fewSeeds.getTextContent()).contains("3 seeds", "1"));
    }

    @Test
    void chartsOfGroupsMeansAndTasksShowTheLastEpochBesideWhatIsPublished() throws Exception {
        HtmlPage page = page(suite());
        List<Element> charts = HtmlPage.elements(page.section("charts"), "svg");
        assertThat(charts).hasSize(2 + 2 + 3);
        assertThat(charts.get(0).getAttribute("aria-label")).isEqualTo("Natural: SPT 90.0 %, Full [1] 75.9 %");
        assertThat(HtmlPage.texts(charts.get(1), "text")).containsExactly("Full [1]", "47.6 %", "SPT", "30.0 %");
        assertThat(HtmlPage.withClass(charts.get(0), "published")).hasSize(1);
        assertThat(page(empty()).sections()).doesNotContain("charts");
    }

    private static SuiteRecord suite() {
        return SuiteRecord.of(
                "VTAB",
                "about",
                TASKS,
                List.of(1L),
                List.of("SPT"),
                List.of(PublishedRow.of(
                        "Full",
                        "Table 1 of somewhere",
                        TASKS,
                        Map.of(),
                        Map.of("Natural", 0.7588, "Structured", 0.4764))),
                List.of(new SetRecord(
                        "kitti", SetRecord.State.MISSING, "here", "not there: here", "lists", "ask", List.of())),
                List.of(trial("<dtd>", 0.9), trial("kitti", 0.5), trial("dmlab", 0.1)));
    }

    private static SuiteRecord empty() {
        return SuiteRecord.of(
                "nothing", "", TASKS, List.of(1L, 2L, 3L), List.of("SPT"), List.of(), List.of(), List.of());
    }

    private static SuiteRunRecord trial(String task, double top1) {
        return new SuiteRunRecord(
                "VTAB",
                task,
                "any",
                "SPT",
                1,
                top1,
                new BestOnTest(top1 + 0.05, 2),
                3,
                null,
                10L,
                1.5,
                null,
                List.of(),
                null,
                "0".repeat(64),
                null,
                null,
                null);
    }

    private static HtmlPage page(SuiteRecord suite) throws Exception {
        return HtmlPage.of(SuitePage.html(suite));
    }
}
