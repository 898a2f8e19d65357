package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.record.ClassQuality;
import dev.inlay.record.FirstBlockRecord;
import dev.inlay.record.ImageIou;
import dev.inlay.record.MetricsFile;
import dev.inlay.record.Mistake;
import dev.inlay.record.RunRecord;
import dev.inlay.record.SampleRuns;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportPageTest {
    @TempDir
    Path folder;

    static Stream<RunRecord> samples() {
        return Stream.of(SampleRuns.planned(), SampleRuns.manyClasses(), SampleRuns.minimal(), SampleRuns.masks());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isOneWellFormedPageThatFetchesAndRunsNothing(RunRecord run) throws Exception {
        page(run, new SampleImages()).assertFetchesAndRunsNothing();
    }

    @Test
    void showsTheResultBesideLinearProbing() throws Exception {
        HtmlPage page = page(SampleRuns.planned(), MistakeImages.NONE);
        Element hero = page.elements("section").get(0);
        assertThat(hero.getTextContent()).contains("93.7\u00a0%", "79.5\u00a0%", "+14.2");
        assertThat(HtmlPage.withClass(hero, "figure").get(0).getTextContent()).isEqualTo("93.7\u00a0%");
        assertThat(HtmlPage.withClass(hero, "note verdict").get(0).getTextContent())
                .isEqualTo("Better than linear probing by 14.2 points (p < 0.0001).");
    }

    @Test
    void showsTheBestEpochOnTestAsAnExtraAndNeverAsTheResult() throws Exception {
        RunRecord run = SampleRuns.planned();
        String best = Figures.percent(run.bestOnTest().top1());
        Element hero = page(run, MistakeImages.NONE).elements("section").get(0);
        assertThat(HtmlPage.withClass(hero, "note extra")).singleElement().satisfies(extra -> assertThat(
                        extra.getTextContent())
                .contains(best, " " + run.bestOnTest().epoch()));
        assertThat(HtmlPage.withClass(hero, "figure"))
                .noneMatch(figure -> figure.getTextContent().contains(best));
    }

    @Test
    void hasEveryPartOfAPlannedRun() throws Exception {
        assertThat(page(SampleRuns.planned(), MistakeImages.NONE).sections())
                .containsExactly(
                        "size",
                        "curves",
                        "sensitivity",
                        "plan",
                        "confusion",
                        "calibration",
                        "mistakes",
                        "choices",
                        "cost",
                        "origin");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void everyPartHasAHeadingOfItsOwn(RunRecord run) throws Exception {
        HtmlPage page = page(run, MistakeImages.NONE);
        List<String> headings =
                page.elements("h2").stream().map(Element::getTextContent).toList();
        assertThat(headings)
                .hasSameSizeAs(page.sections())
                .doesNotHaveDuplicates()
                .noneMatch(String::isBlank);
    }

    @Test
    void showsWhatALaterFirstBlockCostsAndSaves() throws Exception {
        FirstBlockRecord found = SampleRuns.planned().firstBlock();
        Element table = page(SampleRuns.planned(), MistakeImages.NONE).elements("div").stream()
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
        HtmlPage page = page(SampleRuns.minimal(), MistakeImages.NONE);
        assertThat(page.sections()).containsExactly("size", "origin");
        assertThat(HtmlPage.withClass(page.root(), "gain")).isEmpty();
        assertThat(HtmlPage.withClass(page.root(), "note verdict")).isEmpty();
        assertThat(HtmlPage.withClass(page.root(), "note extra")).isEmpty();
        assertThat(page.text()).doesNotContain("null", "NaN", "Infinity");
    }

    @ParameterizedTest
    @CsvSource({"mixup: 0.8, true", "cutmix: 1.0, true", "mixup: 0.0, false"})
    void saysThatTrainingBatchesWereMixed(String setting, boolean said, @TempDir Path folder) throws Exception {
        ObjectNode run = MetricsFile.tree(SampleRuns.planned());
        String config = run.get("config").textValue();
        assertThat(config).contains("train:\n");
        run.put("config", config.replace("train:\n", "train:\n  " + setting + "\n"));
        Path file = Files.writeString(folder.resolve("metrics.json"), run.toString());
        String curves = page(MetricsFile.read(file), MistakeImages.NONE)
                .section("curves")
                .getTextContent();
        assertThat(curves.contains("of mixed images")).isEqualTo(said);
    }

    @Test
    void drawsACellPerTensorInHeatMapAndPlan() throws Exception {
        RunRecord run = SampleRuns.planned();
        HtmlPage page = page(run, MistakeImages.NONE);
        List<String> titles = new ArrayList<>();
        page.elements("title").forEach(title -> titles.add(title.getTextContent()));
        run.plan().tensors().stream().filter(tensor -> tensor.block() != null).forEach(tensor -> assertThat(
                        titles.stream().filter(title -> title.startsWith(tensor.name() + ":")))
                .as(tensor.name())
                .hasSize(2));
        assertThat(page.text()).contains("norm.weight 180 of 192", "norm.weight whole");
    }

    @Test
    void hasARowForEachFoldAndWhatItsSearchChose() throws Exception {
        Element section = page(SampleRuns.crossValidated(), MistakeImages.NONE).section("folds");
        assertThat(HtmlPage.texts(section, "th"))
                .containsExactly("folder", "test examples", "accuracy", "mean per class", "linear probing", "chosen");
        assertThat(HtmlPage.elements(section, "tr")).hasSize(1 + 3);
        assertThat(HtmlPage.texts(section, "td"))
                .startsWith("fold-1", "100", "91.0\u00a0%", "90.0\u00a0%", "80.0\u00a0%", "train.learningRate=0.001");
        assertThat(RunText.lines(SampleRuns.crossValidated()))
                .containsEntry("each fold", "92.0 % ± 1.0 over 3 folds (mean, sample standard deviation)");
    }

    @Test
    void hasARowForEachMemberAndOneForAllTogether() throws Exception {
        Element section = page(SampleRuns.ensemble(), MistakeImages.NONE).section("members");
        assertThat(HtmlPage.elements(section, "tr")).hasSize(1 + 3 + 1);
        assertThat(HtmlPage.texts(section, "td")).startsWith("1", "spt", "1001", "3,492", "1,930", "91.0\u00a0%");
        assertThat(RunText.lines(SampleRuns.ensemble())).containsEntry("each member", "91.0 %, 92.0 %, 93.0 %");
    }

    @Test
    void showsFewClassesAsAMatrixAndManyAsPairs() throws Exception {
        HtmlPage few = page(SampleRuns.planned(), MistakeImages.NONE);
        assertThat(HtmlPage.texts(few.section("confusion"), "th")).startsWith("true class", "predicted as");
        assertThat(labels(few)).anyMatch(label -> label.startsWith("Confusion matrix"));
        HtmlPage many = page(SampleRuns.manyClasses(), MistakeImages.NONE);
        assertThat(labels(many)).noneMatch(label -> label.startsWith("Confusion matrix"));
        assertThat(HtmlPage.texts(many.section("confusion"), "th")).startsWith("true class", "predicted as");
    }

    @Test
    void listsPrecisionRecallAndF1OfEveryClassWorstFirstAndFoldsLongLists() throws Exception {
        for (RunRecord run : List.of(SampleRuns.planned(), SampleRuns.manyClasses())) {
            Element section = page(run, MistakeImages.NONE).section("confusion");
            List<Element> tables = HtmlPage.elements(section, "table").stream()
                    .filter(table -> HtmlPage.texts(table, "th")
                            .equals(List.of(
                                    "class", "F1", "precision", "recall", "examples", "trained on", "validation")))
                    .toList();
            List<ClassQuality> classes = run.confusion().report().perClass();
            List<List<String>> rows = tables.stream()
                    .flatMap(table -> HtmlPage.elements(table, "tr").stream().skip(1))
                    .map(row -> HtmlPage.texts(row, "td"))
                    .toList();
            assertThat(rows).hasSize(classes.size());
            ClassQuality worst =
                    classes.stream().min(Comparator.comparing(ClassQuality::f1)).orElseThrow();
            assertThat(rows.get(0))
                    .endsWith(
                            Figures.percent(worst.f1()),
                            Figures.percent(worst.precision()),
                            Figures.percent(worst.recall()),
                            Figures.count(worst.support()),
                            Figures.count(run.data().perClass().stream()
                                    .filter(counted -> counted.name().equals(worst.name()))
                                    .findFirst()
                                    .orElseThrow()
                                    .train()),
                            "2");
            assertThat(rows.stream().map(row -> Double.parseDouble(row.get(1).replace("\u00a0%", ""))))
                    .isSorted();
            assertThat(HtmlPage.elements(section, "details")).hasSize(tables.size() - 1);
        }
        assertThat(HtmlPage.elements(
                        page(SampleRuns.manyClasses(), MistakeImages.NONE).section("confusion"), "details"))
                .hasSize(1);
    }

    @Test
    void drawsABarAndALinePerBinOfConfidenceThatHasExamples() throws Exception {
        RunRecord run = SampleRuns.planned();
        Element section = page(run, MistakeImages.NONE).section("calibration");
        assertThat(HtmlPage.elements(section, "rect")).hasSize(5);
        assertThat(HtmlPage.elements(section, "title"))
                .extracting(Element::getTextContent)
                .hasSize(5)
                .first()
                .asString()
                .startsWith("confidence 66.7\u00a0% to 73.3\u00a0%: ")
                .endsWith(" examples, accuracy 68.7\u00a0%, mean confidence 70.7\u00a0%");
        assertThat(section.getTextContent()).contains("error 2.0\u00a0% at temperature 1.25", "5.0\u00a0% without it");
    }

    @Test
    void wordsStandForEveryImageAndSayTheClass() throws Exception {
        RunRecord run = SampleRuns.planned();
        HtmlPage page = page(run, new SampleImages());
        Mistake first = run.mistakes().get(0);
        assertThat(page.elements("img").get(0).getAttribute("alt")).contains(first.label(), first.predicted());
        assertThat(labels(page)).noneMatch(String::isBlank).doesNotHaveDuplicates();
        assertThat(labels(page))
                .anySatisfy(label ->
                        assertThat(label).contains(run.confusion().classNames()).contains("Recall"));
    }

    @Test
    void keySettingsStandInTheHeaderAndChosenOnesReplaceThoseOfTheConfig() throws Exception {
        RunRecord run = SampleRuns.planned();
        Element header = page(run, MistakeImages.NONE).elements("header").get(0);
        assertThat(HtmlPage.texts(header, "li"))
                .containsExactly("epochs 10", "batch size 64", "learning rate 0.001", "weight decay 1.0E-4", "seed 0");
        assertThat(run.config()).contains("weightDecay: 0.0001");
    }

    @Test
    void showsNamesFromOutsideAsTheyAre() throws Exception {
        RunRecord run = SampleRuns.manyClasses();
        assertThat(run.name()).isEqualTo("grocery & <b>store</b>");
        HtmlPage page = page(run, MistakeImages.NONE);
        assertThat(page.elements("h1").get(0).getTextContent()).isEqualTo(run.name());
        assertThat(page.text()).contains("<script>alert(");
    }

    @Test
    void holdsSmallCopiesOfTheImagesThereAre() throws Exception {
        RunRecord run = SampleRuns.planned();
        MistakeImages shown = new SampleImages();
        long there = run.mistakes().stream()
                .map(shown::of)
                .filter(Optional::isPresent)
                .count();
        List<Element> images = page(run, shown).elements("img");
        assertThat(images).hasSize((int) there).hasSizeLessThan(run.mistakes().size());
        BufferedImage first = decode(images.get(0));
        assertThat(new int[] {first.getWidth(), first.getHeight()}).containsExactly(224, 168);
        int rgb = first.getRGB(0, 0);
        int expected = shown.of(run.mistakes().get(0)).orElseThrow().getRGB(0, 0);
        for (int shift = 0; shift < 24; shift += 8) {
            assertThat(rgb >> shift & 255).isBetween((expected >> shift & 255) - 12, (expected >> shift & 255) + 12);
        }
    }

    @Test
    void showsTheWorstImagesOfMasksBesideTruthPredictionAndErrors() throws Exception {
        RunRecord run = SampleRuns.masks();
        BufferedImage image = new BufferedImage(448, 336, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xe69f00);
        MistakeImages images = new MistakeImages() {
            @Override
            public Optional<BufferedImage> of(Mistake mistake) {
                return Optional.empty();
            }

            @Override
            public Optional<MaskViews> masks(ImageIou worst) {
                return Optional.of(new MaskViews(image, image, image, image));
            }

            @Override
            public int colour(int label) {
                return 0x56b4e9 + label;
            }
        };
        HtmlPage page = page(run, images);
        page.assertFetchesAndRunsNothing();
        Element section = page.section("worst");
        assertThat(HtmlPage.texts(section, "figcaption"))
                .containsExactly("31.0\u00a0% mean IoU images/<1>.png", "72.0\u00a0% mean IoU images/0.png");
        assertThat(page.elements("img").stream().limit(4).map(view -> view.getAttribute("alt")))
                .containsExactly(
                        "image of images/<1>.png",
                        "truth of images/<1>.png",
                        "prediction of images/<1>.png",
                        "errors of images/<1>.png");
        assertThat(section.getTextContent()).contains("sky", "road & rail", "boat", "does not count");
        BufferedImage truth = decode(page.elements("img").get(1));
        assertThat(new int[] {truth.getWidth(), truth.getHeight()}).containsExactly(224, 168);
        assertThat(page.elements("i").stream().map(swatch -> swatch.getAttribute("style")))
                .contains("background:#56b4e9", "background:#56b4ea", "background:#56b4eb");
        assertThat(page(run, MistakeImages.NONE).section("worst").getTextContent())
                .contains("not at hand", "72.0");
    }

    @Test
    void aPageOfMasksSpeaksOfPixelsAndLeavesOutWhatImagesOfOneClassHave() throws Exception {
        HtmlPage page = page(SampleRuns.masks(), MistakeImages.NONE);
        assertThat(page.text())
                .contains(
                        "mean IoU 65.0 %, pixel accuracy 88.0 %",
                        "points over a linear head on the frozen backbone",
                        "Without a paired test",
                        "Pixels of the test images",
                        "so left out of the mean: boat.")
                .doesNotContain("Calibration", "F1", "AUC", "Worst mistakes", "linear probing");
        assertThat(HtmlPage.texts(page.section("labels"), "span"))
                .startsWith("road & rail")
                .contains("40.0\u00a0%", "90.0\u00a0%");
        assertThat(HtmlPage.texts(page.section("confusion"), "text"))
                .contains("90sky predicted as sky: 900,000 of 1,000,000");
    }

    @Test
    void showsWhereTheNetworkLookedAndTheNearestTrainingImages() throws Exception {
        RunRecord run = SampleRuns.planned();
        MistakeImages images = new MistakeImages() {
            @Override
            public Optional<BufferedImage> of(Mistake mistake) {
                return Optional.of(new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB));
            }

            @Override
            public Optional<HeatMap> map(Mistake mistake) {
                return mistake.equals(run.mistakes().get(0))
                        ? Optional.empty()
                        : Optional.of(new HeatMap(1, 2, new float[] {0, 3}));
            }

            @Override
            public List<Near> nearest(Mistake mistake) {
                return List.of(new Near(of(mistake).orElseThrow(), "near/<1>.png", "heron & co", 0.98765));
            }

            @Override
            public String method() {
                return "Looked at <so>.";
            }
        };
        Element section = page(run, images).section("mistakes");
        assertThat(section.getTextContent()).contains("Looked at <so>.", "least", "most", "heron & co", "0.988");
        List<Element> shown = HtmlPage.elements(section, "img");
        int mistakes = run.mistakes().size();
        assertThat(shown).hasSize(mistakes + mistakes - 1 + mistakes);
        BufferedImage map = decode(shown.get(3));
        assertThat(shown.get(3).getAttribute("alt")).isEqualTo("Where the network looked");
        assertThat(map.getWidth()).isEqualTo(160);
        int left = map.getRGB(2, 50);
        int right = map.getRGB(157, 50);
        assertThat(left & 0xff).isGreaterThan((left >> 16 & 0xff) + 30); // blue for the least
        assertThat(right >> 16 & 0xff).isGreaterThan((right & 0xff) + 60); // yellow for the most
        BufferedImage near = decode(shown.get(1));
        assertThat(near.getWidth()).isEqualTo(80);
    }

    @Test
    void saysThatThereAreNoImages() throws Exception {
        Element section = page(SampleRuns.planned(), MistakeImages.NONE).section("mistakes");
        assertThat(section.getTextContent()).contains("Their images are not at hand.");
        assertThat(HtmlPage.withClass(section, "legend")).isEmpty();
        assertThat(HtmlPage.elements(section, "img")).isEmpty();
    }

    @Test
    void keepsSmallImagesAtTheirSize() throws Exception {
        MistakeImages images = mistake -> Optional.of(new BufferedImage(31, 17, BufferedImage.TYPE_BYTE_GRAY));
        BufferedImage image =
                decode(page(SampleRuns.planned(), images).elements("img").get(0));
        assertThat(new int[] {image.getWidth(), image.getHeight()}).containsExactly(31, 17);
    }

    @Test
    void turnsNormalisedNumbersBackIntoAImage() {
        float[] mean = {0.5f, 0.4f, 0.3f};
        float[] std = {0.2f, 0.25f, 0.5f};
        int[][] bytes = {{0, 255, 17, 128, 3, 250}, {1, 2, 3, 4, 5, 6}, {255, 254, 253, 252, 251, 250}};
        float[] image = new float[18];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < 6; i++) {
                image[6 * c + i] = (bytes[c][i] / 255f - mean[c]) / std[c];
            }
        }
        BufferedImage bitmap = MistakeImages.ofNormalised(image, 2, 3, mean, std);
        for (int i = 0; i < 6; i++) {
            int rgb = bytes[0][i] << 16 | bytes[1][i] << 8 | bytes[2][i];
            assertThat(bitmap.getRGB(i % 3, i / 3) & 0xFFFFFF).isEqualTo(rgb);
        }
    }

    @Test
    void writesThePageToAFile() throws IOException {
        Path file = folder.resolve("report.html");
        RunRecord run = SampleRuns.minimal();
        ReportPage.write(file, run, MistakeImages.NONE);
        assertThat(Files.readString(file)).isEqualTo(ReportPage.html(run, MistakeImages.NONE));
    }

    @Test
    void asksForEachMistakesImageOnce() {
        RunRecord run = SampleRuns.planned();
        List<Mistake> asked = new ArrayList<>();
        ReportPage.html(run, mistake -> {
            asked.add(mistake);
            return Optional.empty();
        });
        assertThat(asked).isEqualTo(run.mistakes());
    }

    private static HtmlPage page(RunRecord run, MistakeImages images) throws Exception {
        return HtmlPage.of(ReportPage.html(run, images));
    }

    private static List<String> labels(HtmlPage page) {
        return page.elements("svg").stream()
                .map(svg -> svg.getAttribute("aria-label"))
                .toList();
    }

    private static BufferedImage decode(Element image) throws IOException {
        String source = image.getAttribute("src");
        String base64 = source.substring(source.indexOf(',') + 1);
        return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(base64)));
    }
}
