package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.FirstBlockRecord;
import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SampleRuns;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportPageTest {
    @TempDir
    Path folder;

    static Stream<RunRecord> samples() {
        return Stream.of(SampleRuns.planned(), SampleRuns.manyClasses(), SampleRuns.minimal());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isOneWellFormedPageThatFetchesAndRunsNothing(RunRecord run) throws Exception {
        Document page = page(run, new SamplePictures());
        for (Element element : elements(page, "*")) {
            assertThat(element.getTagName()).isNotIn("script", "link", "iframe", "object", "embed", "base", "form");
            for (int i = 0; i < element.getAttributes().getLength(); i++) {
                String name = element.getAttributes().item(i).getNodeName();
                assertThat(name).doesNotStartWith("on").isNotEqualTo("href");
            }
            if (element.hasAttribute("src")) {
                assertThat(element.getAttribute("src")).startsWith("data:image/jpeg;base64,");
            }
        }
        assertThat(elements(page, "style").get(0).getTextContent()).doesNotContain("url(", "@import");
    }

    @Test
    void showsTheResultBesideLinearProbing() throws Exception {
        Document page = page(SampleRuns.planned(), Pictures.NONE);
        Element hero = elements(page, "section").get(0);
        assertThat(hero.getTextContent()).contains("93.7\u00a0%", "79.5\u00a0%", "+14.2");
        assertThat(withClass(hero, "figure").get(0).getTextContent()).isEqualTo("93.7\u00a0%");
    }

    @Test
    void showsTheBestEpochOnTestAsAnExtraAndNeverAsTheResult() throws Exception {
        RunRecord run = SampleRuns.planned();
        String best = Figures.percent(run.bestOnTest().top1());
        Element hero = elements(page(run, Pictures.NONE), "section").get(0);
        assertThat(withClass(hero, "note extra")).singleElement().satisfies(extra -> assertThat(extra.getTextContent())
                .contains(best, " " + run.bestOnTest().epoch()));
        assertThat(withClass(hero, "figure"))
                .noneMatch(figure -> figure.getTextContent().contains(best));
    }

    @Test
    void hasEveryPartOfAPlannedRun() throws Exception {
        assertThat(sections(page(SampleRuns.planned(), Pictures.NONE)))
                .containsExactly(
                        "size", "curves", "sensitivity", "plan", "confusion", "mistakes", "choices", "cost", "origin");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyPartHasAHeadingOfItsOwn(RunRecord run) throws Exception {
        Document page = page(run, Pictures.NONE);
        List<String> headings =
                elements(page, "h2").stream().map(Element::getTextContent).toList();
        assertThat(headings)
                .hasSameSizeAs(sections(page))
                .doesNotHaveDuplicates()
                .noneMatch(String::isBlank);
    }

    @Test
    void showsWhatALaterFirstBlockCostsAndSaves() throws Exception {
        FirstBlockRecord found = SampleRuns.planned().firstBlock();
        Element table = elements(page(SampleRuns.planned(), Pictures.NONE), "div").stream()
                .filter(part -> part.getParentNode() instanceof Element above
                        && above.getAttribute("class").equals("columns")
                        && part.getTextContent().contains("693.5\u00a0%1 min 38 s"))
                .findFirst()
                .orElseThrow();
        assertThat(table.getElementsByTagName("th").getLength()).isEqualTo(3);
        assertThat(table.getTextContent()).contains(Figures.number(100 * found.tolerance()));
        NodeList rows = table.getElementsByTagName("tr");
        assertThat(((Element) rows.item(3)).getAttribute("class")).isEqualTo("chosen");
    }

    @Test
    void leavesOutWhatARunDoesNotHave() throws Exception {
        Document page = page(SampleRuns.minimal(), Pictures.NONE);
        assertThat(sections(page)).containsExactly("size", "origin");
        assertThat(withClass(page.getDocumentElement(), "gain")).isEmpty();
        assertThat(withClass(page.getDocumentElement(), "note extra")).isEmpty();
        assertThat(page.getDocumentElement().getTextContent()).doesNotContain("null", "NaN", "Infinity");
    }

    @Test
    void drawsACellPerTensorInHeatMapAndPlan() throws Exception {
        RunRecord run = SampleRuns.planned();
        Document page = page(run, Pictures.NONE);
        List<String> titles = new ArrayList<>();
        elements(page, "title").forEach(title -> titles.add(title.getTextContent()));
        run.plan().tensors().stream().filter(tensor -> tensor.block() != null).forEach(tensor -> assertThat(
                        titles.stream().filter(title -> title.startsWith(tensor.name() + ":")))
                .as(tensor.name())
                .hasSize(2));
        assertThat(page.getDocumentElement().getTextContent()).contains("norm.weight 180 of 192", "norm.weight whole");
    }

    @Test
    void showsFewClassesAsAMatrixAndManyAsPairs() throws Exception {
        assertThat(labels(page(SampleRuns.planned(), Pictures.NONE))).contains("confusion matrix");
        Document many = page(SampleRuns.manyClasses(), Pictures.NONE);
        assertThat(labels(many)).doesNotContain("confusion matrix");
        assertThat(many.getDocumentElement().getTextContent()).contains("Most confused pairs", "Weakest classes");
    }

    @Test
    void showsNamesFromOutsideAsTheyAre() throws Exception {
        RunRecord run = SampleRuns.manyClasses();
        assertThat(run.name()).isEqualTo("grocery & <b>store</b>");
        Document page = page(run, Pictures.NONE);
        assertThat(elements(page, "h1").get(0).getTextContent()).isEqualTo(run.name());
        assertThat(page.getDocumentElement().getTextContent()).contains("<script>alert(");
    }

    @Test
    void holdsSmallCopiesOfThePicturesThereAre() throws Exception {
        RunRecord run = SampleRuns.planned();
        Pictures pictures = new SamplePictures();
        long there = run.mistakes().stream()
                .map(pictures::of)
                .filter(Optional::isPresent)
                .count();
        List<Element> images = elements(page(run, pictures), "img");
        assertThat(images).hasSize((int) there).hasSizeLessThan(run.mistakes().size());
        BufferedImage first = decode(images.get(0));
        assertThat(new int[] {first.getWidth(), first.getHeight()}).containsExactly(224, 168);
        int rgb = first.getRGB(0, 0);
        int expected = pictures.of(run.mistakes().get(0)).orElseThrow().getRGB(0, 0);
        for (int shift = 0; shift < 24; shift += 8) {
            assertThat(rgb >> shift & 255).isBetween((expected >> shift & 255) - 12, (expected >> shift & 255) + 12);
        }
    }

    @Test
    void keepsSmallPicturesAtTheirSize() throws Exception {
        Pictures pictures = mistake -> Optional.of(new BufferedImage(31, 17, BufferedImage.TYPE_BYTE_GRAY));
        BufferedImage image =
                decode(elements(page(SampleRuns.planned(), pictures), "img").get(0));
        assertThat(new int[] {image.getWidth(), image.getHeight()}).containsExactly(31, 17);
    }

    @Test
    void turnsNormalisedNumbersBackIntoAPicture() {
        float[] mean = {0.5f, 0.4f, 0.3f};
        float[] std = {0.2f, 0.25f, 0.5f};
        int[][] bytes = {{0, 255, 17, 128, 3, 250}, {1, 2, 3, 4, 5, 6}, {255, 254, 253, 252, 251, 250}};
        float[] image = new float[18];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < 6; i++) {
                image[6 * c + i] = (bytes[c][i] / 255f - mean[c]) / std[c];
            }
        }
        BufferedImage picture = Pictures.ofNormalised(image, 2, 3, mean, std);
        for (int i = 0; i < 6; i++) {
            int rgb = bytes[0][i] << 16 | bytes[1][i] << 8 | bytes[2][i];
            assertThat(picture.getRGB(i % 3, i / 3) & 0xFFFFFF).isEqualTo(rgb);
        }
    }

    @Test
    void writesThePageToAFile() throws IOException {
        Path file = folder.resolve("report.html");
        RunRecord run = SampleRuns.minimal();
        ReportPage.write(file, run, Pictures.NONE);
        assertThat(Files.readString(file)).isEqualTo(ReportPage.html(run, Pictures.NONE));
    }

    @Test
    void asksForEachMistakesPictureOnce() {
        RunRecord run = SampleRuns.planned();
        List<Mistake> asked = new ArrayList<>();
        ReportPage.html(run, mistake -> {
            asked.add(mistake);
            return Optional.empty();
        });
        assertThat(asked).isEqualTo(run.mistakes());
    }

    private static Document page(RunRecord run, Pictures pictures) throws Exception {
        String html = ReportPage.html(run, pictures);
        assertThat(html).startsWith("<!doctype html>\n");
        String xml = html.substring(html.indexOf('\n') + 1);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    private static List<Element> elements(Document page, String name) {
        NodeList nodes = page.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static List<String> sections(Document page) {
        return elements(page, "section").stream()
                .map(section -> section.getAttribute("id"))
                .filter(id -> !id.isEmpty())
                .toList();
    }

    private static List<Element> withClass(Element within, String name) {
        NodeList nodes = within.getElementsByTagName("*");
        List<Element> found = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (((Element) nodes.item(i)).getAttribute("class").equals(name)) {
                found.add((Element) nodes.item(i));
            }
        }
        return found;
    }

    private static List<String> labels(Document page) {
        return elements(page, "svg").stream()
                .map(svg -> svg.getAttribute("aria-label"))
                .toList();
    }

    private static BufferedImage decode(Element image) throws IOException {
        String base64 = image.getAttribute("src").substring("data:image/jpeg;base64,".length());
        return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(base64)));
    }
}
