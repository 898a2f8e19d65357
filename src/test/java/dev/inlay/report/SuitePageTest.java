package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.BestOnTest;
import dev.inlay.record.PublishedRow;
import dev.inlay.record.SetRecord;
import dev.inlay.record.SuiteRecord;
import dev.inlay.record.SuiteTask;
import dev.inlay.record.TrialRecord;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class SuitePageTest {
    private static final List<SuiteTask> TASKS = List.of(
            new SuiteTask("<dtd>", "Natural", 47, 1880),
            new SuiteTask("kitti", "Structured", 4, 711),
            new SuiteTask("dmlab", "Structured", 6, 22735));

    @Test
    void isOneWellFormedPageThatFetchesAndRunsNothing() throws Exception {
        for (SuiteRecord suite : List.of(suite(), empty())) {
            Document page = page(suite);
            for (Element element : elements(page, "*")) {
                assertThat(element.getTagName())
                        .isNotIn("script", "link", "iframe", "object", "embed", "base", "form", "img");
                assertThat(element.hasAttribute("href") || element.hasAttribute("src"))
                        .isFalse();
            }
            assertThat(page.getDocumentElement().getTextContent()).doesNotContain("null", "NaN", "Infinity");
        }
    }

    @Test
    void bothMeansStandUnderTheirNamesForBothProtocolsAndThePublishedRow() throws Exception {
        Document page = page(suite());
        Element means = elements(page, "table").get(0);
        assertThat(texts(means, "th")).containsSequence("Natural", "Structured", "mean of 3 tasks", "mean of 2 groups");
        List<Element> rows = elements(elements(page, "tbody").get(0), "tr");
        assertThat(texts(rows.get(0), "td")).startsWith("SPT", "last epoch", "90.0", "30.0", "50.0", "60.0");
        assertThat(texts(rows.get(1), "td")).startsWith("SPT", "best on test", "95.0", "35.0", "55.0", "65.0");
        assertThat(texts(rows.get(2), "td")).startsWith("Full", "published [1]", "75.9", "47.6", "–", "61.8");
    }

    @Test
    void everyTaskHasARowUnderItsGroupAndWhatIsMissingIsListed() throws Exception {
        Document page = page(suite());
        List<String> rows = elements(elements(page, "tbody").get(1), "tr").stream()
                .map(row -> texts(row, "td").get(0))
                .toList();
        assertThat(rows)
                .containsExactly(
                        "<dtd>", "Natural", "kitti", "dmlab", "Structured", "mean of 3 tasks", "mean of 2 groups");
        assertThat(section(page, "sources")).contains("[1]", "Table 1 of somewhere");
        assertThat(section(page, "missing")).contains("kitti", "not there: here", "lists");
        assertThat(elements(page, "header").get(0).getTextContent()).contains("3 of 3 ");
        assertThat(elements(page, "p").stream()
                        .filter(note -> note.getAttribute("class").equals("warning")))
                .singleElement()
                .satisfies(fewSeeds -> assertThat(fewSeeds.getTextContent()).contains("3 seeds", "1"));
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

    private static TrialRecord trial(String task, double top1) {
        return new TrialRecord(
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
                null);
    }

    private static Document page(SuiteRecord suite) throws Exception {
        String html = SuitePage.html(suite).replaceFirst("<!doctype html>", "");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(html)));
    }

    private static String section(Document page, String id) {
        return elements(page, "section").stream()
                .filter(section -> section.getAttribute("id").equals(id))
                .map(Element::getTextContent)
                .findFirst()
                .orElseThrow();
    }

    private static List<String> texts(Element within, String name) {
        List<String> texts = new ArrayList<>();
        NodeList found = within.getElementsByTagName(name);
        for (int i = 0; i < found.getLength(); i++) {
            texts.add(found.item(i).getTextContent());
        }
        return texts;
    }

    private static List<Element> elements(Object within, String name) {
        NodeList found = within instanceof Document document
                ? document.getElementsByTagName(name)
                : ((Element) within).getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }
}
