package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MethodRecord;
import dev.inlay.record.SampleComparisons;
import dev.inlay.report.PointLabels.Box;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;

class ComparisonPageTest {
    static List<ComparisonRecord> samples() {
        return List.of(SampleComparisons.papers(), SampleComparisons.small());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isOneWellFormedPageThatFetchesAndRunsNothing(ComparisonRecord comparison) throws Exception {
        HtmlPage page = page(comparison);
        page.assertFetchesAndRunsNothing();
        assertThat(page.elements("img")).isEmpty();
        assertThat(page.text()).doesNotContain("null", "NaN", "Infinity");
    }

    @Test
    void showsEveryMethodInTheTableInBothPlotsAndOnEveryTask() throws Exception {
        ComparisonRecord comparison = SampleComparisons.papers();
        HtmlPage page = page(comparison);
        List<String> ranked =
                comparison.methods().stream().map(MethodRecord::name).toList();
        Element table = page.elements("tbody").get(0);
        List<String> rows = new ArrayList<>();
        HtmlPage.elements(table, "tr")
                .forEach(row -> rows.add(HtmlPage.elements(row, "td").get(0).getTextContent()));
        assertThat(rows).isEqualTo(ranked);
        assertThat(HtmlPage.elements(table, "tr").get(0).getTextContent())
                .contains(
                        Figures.measured(comparison.methods().get(0).all().accuracy()), "12,288", "54.9 KB", "705 MB");
        assertThat(page.elements("th").get(1).getTextContent()).contains("%", "±");

        for (Element chart : page.elements("figure")) {
            List<String> named = new ArrayList<>();
            HtmlPage.elements(chart, "text").stream()
                    .filter(text -> text.getAttribute("class").equals("name"))
                    .forEach(text -> named.add(text.getTextContent()));
            assertThat(named).containsExactlyInAnyOrderElementsOf(ranked);
        }
        assertThat(page.elements("figure")).hasSize(2 + 1 + comparison.tasks().size());
    }

    @Test
    void linksEveryFinishedRunToItsReport() throws Exception {
        ComparisonRecord comparison = SampleComparisons.papers();
        List<Element> links = HtmlPage.elements(page(comparison).section("origin"), "a");
        assertThat(links).hasSameSizeAs(comparison.points());
        assertThat(page(comparison).text())
                .contains(
                        Figures.interval(comparison.points().get(0).top1Interval()),
                        Figures.interval(comparison.points().get(32).top1Interval()));
        assertThat(links.get(0).getAttribute("href"))
                .isEqualTo(comparison.points().get(0).folder() + "/report.html");
        assertThat(links.stream().map(link -> link.getAttribute("aria-label"))).doesNotHaveDuplicates();
        assertThat(page(SampleComparisons.small()).elements("a")).isEmpty();
    }

    @Test
    void wordsForEveryPlotNameItsMethods() throws Exception {
        ComparisonRecord comparison = SampleComparisons.papers();
        List<String> methods =
                comparison.methods().stream().map(MethodRecord::name).toList();
        for (Element plot : page(comparison).elements("svg")) {
            assertThat(plot.getAttribute("aria-label")).contains(methods);
        }
    }

    @Test
    void barsAreSortedAndMarkEverySeed() throws Exception {
        ComparisonRecord comparison = SampleComparisons.papers();
        for (Element chart : page(comparison).elements("figure").subList(2, 6)) {
            List<Double> widths = new ArrayList<>();
            HtmlPage.elements(chart, "rect").forEach(bar -> widths.add(-Double.parseDouble(bar.getAttribute("width"))));
            assertThat(widths).hasSize(comparison.methods().size()).isSorted();
            assertThat(HtmlPage.elements(chart, "circle"))
                    .hasSize(comparison.methods().size() * comparison.seeds().size());
        }
    }

    @Test
    void showsWhatFailedAndNamesFromOutsideAsTheyAre() throws Exception {
        HtmlPage page = page(SampleComparisons.small());
        String text = page.text();
        assertThat(text).contains("small & <b>plain</b>", "<b>bold</b>");
        assertThat(page.section("failures").getTextContent()).contains("broken", "no & never");
        assertThat(page.elements("p"))
                .filteredOn(note -> note.getAttribute("class").equals("warning"))
                .anySatisfy(warning -> assertThat(warning.getTextContent()).contains("1", "careful"));
        // a table whose runs tell no peak memory has no column for it
        assertThat(HtmlPage.elements(page.section("ranking"), "th")).hasSize(5);
        assertThat(HtmlPage.elements(page(SampleComparisons.papers()).section("ranking"), "th"))
                .hasSize(6 + 3);
        assertThat(page.elements("svg")).isNotEmpty();
    }

    @Test
    void namesOfPointsOnOneSpotCoverNeitherEachOtherNorAPoint() {
        PointLabels labels = new PointLabels(new Box(0, 0, 600, 300));
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            points.add(new double[] {300 + i % 2, 140 + 3 * i});
        }
        points.forEach(point -> labels.avoid(point[0], point[1], 4));
        List<Box> names = new ArrayList<>();
        points.forEach(point ->
                names.add(labels.place("a method's name", point[0], point[1]).box()));
        for (Box name : names) {
            assertThat(names.stream().filter(name::meets)).containsExactly(name);
            assertThat(points).noneMatch(point -> name.distance(point[0], point[1]) == 0);
            assertThat(name.inside(new Box(0, 0, 600, 300))).isTrue();
        }
    }

    @Test
    void theTableIsTextWithItsMeaning() {
        List<String> lines =
                ComparisonText.table(SampleComparisons.papers()).lines().toList();
        assertThat(lines.get(0)).contains("3 tasks", "±", "3 seeds");
        assertThat(lines.get(1)).startsWith("method ").contains("%", "±");
        assertThat(lines).hasSize(13);
        assertThat(lines.get(12)).startsWith("Linear ");
        assertThat(ComparisonText.table(SampleComparisons.small()))
                .contains("1 of 1 ")
                .endsWith("a, \"b\", broken, seed 4: no & never\n");
    }

    @Test
    void csvQuotesWhatNeedsIt() {
        List<String> lines =
                ComparisonText.csv(SampleComparisons.small()).lines().toList();
        assertThat(lines)
                .containsExactly(
                        "method,task,accuracy,spread,seeds,parameters,least_parameters,task_bytes,peak_resident_bytes,"
                                + "seconds,finished,failed",
                        "<b>bold</b>,all tasks,0.5,,1,10,10,900,,1.25,1,0",
                        "<b>bold</b>,\"a, \"\"b\"\"\",0.5,,1,10,10,900,,1.25,1,0",
                        "broken,all tasks,,,0,,,,,,0,1",
                        "broken,\"a, \"\"b\"\"\",,,0,,,,,,0,1");
    }

    private static HtmlPage page(ComparisonRecord comparison) throws Exception {
        return HtmlPage.of(ComparisonPage.html(comparison));
    }
}
