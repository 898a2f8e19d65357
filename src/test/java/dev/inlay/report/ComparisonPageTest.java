package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.ComparisonRecord;
import dev.inlay.record.MethodRecord;
import dev.inlay.record.SampleComparisons;
import dev.inlay.report.PointLabels.Box;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ComparisonPageTest {
    static List<ComparisonRecord> samples() {
        return List.of(SampleComparisons.papers(), SampleComparisons.small());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isOneWellFormedPageThatFetchesAndRunsNothing(ComparisonRecord comparison) throws Exception {
        Document page = page(comparison);
        for (Element element : elements(page, "*")) {
            assertThat(element.getTagName())
                    .isNotIn("script", "link", "iframe", "object", "embed", "base", "form", "img");
            assertThat(element.hasAttribute("href") || element.hasAttribute("src"))
                    .isFalse();
        }
        assertThat(page.getDocumentElement().getTextContent()).doesNotContain("null", "NaN", "Infinity");
    }

    @Test
    void showsEveryMethodInTheTableInBothPlotsAndOnEveryTask() throws Exception {
        ComparisonRecord comparison = SampleComparisons.papers();
        Document page = page(comparison);
        List<String> ranked =
                comparison.methods().stream().map(MethodRecord::name).toList();
        Element table = elements(page, "tbody").get(0);
        List<String> rows = new ArrayList<>();
        elements(table, "tr").forEach(row -> rows.add(elements(row, "td").get(0).getTextContent()));
        assertThat(rows).isEqualTo(ranked);
        assertThat(elements(table, "tr").get(0).getTextContent())
                .contains(
                        Figures.measured(comparison.methods().get(0).all().accuracy()), "12,288", "54.9 KB", "705 MB");
        assertThat(elements(page, "th").get(1).getTextContent()).contains("%", "±");

        for (Element chart : elements(page, "figure")) {
            List<String> named = new ArrayList<>();
            elements(chart, "text").stream()
                    .filter(text -> text.getAttribute("class").equals("name"))
                    .forEach(text -> named.add(text.getTextContent()));
            assertThat(named).containsExactlyInAnyOrderElementsOf(ranked);
        }
        assertThat(elements(page, "figure")).hasSize(2 + 1 + comparison.tasks().size());
    }

    @Test
    void barsAreSortedAndMarkEverySeed() throws Exception {
        ComparisonRecord comparison = SampleComparisons.papers();
        for (Element chart : elements(page(comparison), "figure").subList(2, 6)) {
            List<Double> widths = new ArrayList<>();
            elements(chart, "rect").forEach(bar -> widths.add(-Double.parseDouble(bar.getAttribute("width"))));
            assertThat(widths).hasSize(comparison.methods().size()).isSorted();
            assertThat(elements(chart, "circle"))
                    .hasSize(comparison.methods().size() * comparison.seeds().size());
        }
    }

    @Test
    void showsWhatFailedAndNamesFromOutsideAsTheyAre() throws Exception {
        Document page = page(SampleComparisons.small());
        String text = page.getDocumentElement().getTextContent();
        assertThat(text).contains("small & <b>plain</b>", "<b>bold</b>");
        assertThat(section(page, "failures").getTextContent()).contains("broken", "no & never");
        assertThat(elements(page, "p"))
                .filteredOn(note -> note.getAttribute("class").equals("warning"))
                .anySatisfy(warning -> assertThat(warning.getTextContent()).contains("1", "careful"));
        // a table whose runs tell no peak memory has no column for it
        assertThat(elements(section(page, "ranking"), "th")).hasSize(5);
        assertThat(elements(section(page(SampleComparisons.papers()), "ranking"), "th"))
                .hasSize(6 + 3);
        assertThat(elements(page, "svg")).isNotEmpty();
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

    private static Document page(ComparisonRecord comparison) throws Exception {
        String html = ComparisonPage.html(comparison).replaceFirst("<!doctype html>", "");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(html)));
    }

    private static Element section(Document page, String id) {
        return elements(page, "section").stream()
                .filter(section -> section.getAttribute("id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static List<Element> elements(Document page, String name) {
        return elements(Objects.requireNonNull(page.getDocumentElement()), name);
    }

    private static List<Element> elements(Element above, String name) {
        NodeList found = above.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }
}
