package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.data.LabelSpace.PixelClasses;
import dev.inlay.data.source.MaskReading;
import dev.inlay.error.ConfigException;
import dev.inlay.tuning.method.MaskHead.Decoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code data.type: masks}: what can be said of masks, and what cannot be combined with them. */
class MaskKeysTest {
    private static final String SOUND = "type: masks, root: r, classes: [sky, road]";

    @TempDir
    private Path folder;

    private RunConfig read(String yaml) {
        return RunConfig.parse(yaml, folder, List.of());
    }

    private DataSource.Masks masks(String keys) {
        return (DataSource.Masks)
                read("data: {type: masks, root: r, " + keys + "}").data().source();
    }

    @Test
    void foldersAndNumbersAreTheDefault() {
        RunConfig config = read("data: {" + SOUND + "}");
        DataSource.Masks masks = (DataSource.Masks) config.data().source();
        assertThat(masks.images()).isEqualTo("{split}");
        assertThat(masks.masks()).isEqualTo("{split}-masks");
        assertThat(masks.train()).isEmpty();
        assertThat(masks.reading())
                .isEqualTo(new MaskReading.Numbers(new PixelClasses(List.of("sky", "road")), Set.of(255)));
        assertThat(config.data().labels().kind()).isEqualTo(Kind.MASKS);
        assertThat(config.maskHead()).contains(Decoder.LINEAR);
        assertThat(read("{data: {" + SOUND + ", labels: masks}, head: setrPup}").maskHead())
                .contains(Decoder.SETR_PUP);
        assertThat(read(config.settings().json())).isEqualTo(config);
    }

    @Test
    void namesOfClassesComeFromAFileAndTheStoredConfigHoldsThem() {
        Images.write(folder.resolve("names.txt"), "sky", "", " road ");
        RunConfig config = read("data: {type: masks, root: r, classes: names.txt, ignore: [7, 255]}");
        MaskReading expected = new MaskReading.Numbers(new PixelClasses(List.of("sky", "road")), Set.of(7, 255));
        assertThat(((DataSource.Masks) config.data().source()).reading()).isEqualTo(expected);
        assertThat(config.settings().json()).contains("\"sky\"").doesNotContain("names.txt");
        assertThatThrownBy(() -> masks("classes: gone.txt"))
                .hasMessageContaining("data.classes")
                .hasMessageContaining("gone.txt");
    }

    @Test
    void aTableGivesEachClassItsColoursAndItsNumber() {
        Images.write(
                folder.resolve("colours.txt"), "128 128 128\tsky", "0 0 0  \t\tVoid", "64 0 128  my car", "1 2 3 sky");
        MaskReading.Colours expected = new MaskReading.Colours(
                new PixelClasses(List.of("sky", "my car")),
                Map.of(0x808080, 0, 0x400080, 1, 0x010203, 0, 0x000000, PixelClasses.IGNORED));
        RunConfig listed = read("data: {type: masks, root: r, colours: colours.txt, ignore: [Void]}");
        RunConfig written = read(
                """
                data:
                  type: masks
                  root: r
                  colours: {sky: ["#808080", "#010203"], Void: "#000000", my car: "#400080"}
                  ignore: [Void]
                """);
        assertThat(((DataSource.Masks) listed.data().source()).reading()).isEqualTo(expected);
        assertThat(((DataSource.Masks) written.data().source()).reading()).isEqualTo(expected);
        assertThat(((DataSource.Masks) read(listed.settings().json()).data().source()).reading())
                .isEqualTo(expected);
    }

    @Test
    void listsOfPairsTakeThePlaceOfFolders() {
        DataSource.Masks masks = masks("classes: [a, b], train: t.txt, test: u.txt");
        assertThat(masks.train()).contains("t.txt");
        assertThat(masks.validation()).isEqualTo(Optional.empty());
        assertThat(masks.test()).contains("u.txt");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ignore: [1]; data.classes: missing; expected the names of the numbers",
                "classes: [sky]; expected 2 to 255 classes, found [sky]",
                "classes: [sky, road, sky]; expected a name of its own for each class, found \"sky\" again",
                "classes: [a, b], ignore: [256]; data.ignore",
                "classes: [a, b], ignore: [a]; data.ignore",
                "classes: [a, b], colours: {a: '#000000', b: '#000001'}; data.colours names the classes",
                "colours: {a: '#000000', b: '#000000'}; b has the colour #000000 of another class",
                "colours: {a: '#000000', b: red}; expected a colour such as \"#804080\"",
                "colours: {a: '#000000', b: }; expected a colour such as \"#804080\"",
                "colours: {a: '#000000'}; expected 2 to 255 classes, found [a]",
                "'colours: {a: \"#000000\", b: \"#000001\"}, ignore: [255]'; expected names of data.colours, found 255",
                "classes: [a, b], test: t.txt; data.train: missing",
                "classes: [a, b], train: t.txt, masks: m; names folders",
                "classes: [a, b], labels: single; has a class for every pixel",
                "classes: [a, b], split: {folds: 3}; data.split.folds",
                "classes: [a, b], split: {stratify: true}; data.split.stratify",
                "classes: [a, b], groups: '(a)'; data.groups",
                "classes: [a, b], transform: {resize: short}; data.transform.resize",
                "classes: [a, b], augment: {minScale: 2, maxScale: 1}; expected at least data.augment.minScale, which is 2.0",
                "classes: [a, b], augment: {randAugment: rand-m9}; is not done to masks",
                "classes: [a, b], augment: {randomErasing: 0.5}; is not done to masks",
                "classes: [a, b], augment: {colorJitter: 0.5}; is not done to masks",
                "classes: [a, b], augment: {crop: random}; is not done to masks"
            })
    void aConfigThatDoesNotFitIsRefused(String keys, String message) {
        assertThatThrownBy(() -> masks(keys))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void moreClassesThanAByteHasNumbersAreRefused() {
        String names = IntStream.range(0, 256).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
        assertThatThrownBy(() -> masks("classes: [" + names + "]"))
                .hasMessageContaining("expected 2 to 255 classes, found 256");
    }

    @Test
    void aTableOfAnotherFormNamesTheLine() {
        Images.write(folder.resolve("colours.txt"), "1 2 3 a", "1 2 300 b");
        assertThatThrownBy(() -> masks("colours: colours.txt"))
                .hasMessageContaining(
                        "expected lines of red, green and blue from 0 to 255 and a name, found \"1 2 300 b\"");
    }

    @Test
    void whatIsDefinedForImagesOfOneClassIsRefusedAllAtOnce() {
        assertThatThrownBy(() -> read(
                        """
                        compat: seed
                        data: {%s}
                        method: {type: spt, firstBlock: auto}
                        sensitivity: {head: probe}
                        train: {sampling: balanced, calibrate: true, mixup: 0.2, headInit: probe}
                        """
                                .formatted(SOUND)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("compat")
                .hasMessageContaining("method.firstBlock")
                .hasMessageContaining("sensitivity.head")
                .hasMessageContaining("train.sampling")
                .hasMessageContaining("train.calibrate")
                .hasMessageContaining("train.mixup")
                .hasMessageContaining("train.headInit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"type: folder, root: r", "type: vtab, root: r", "type: csv, file: f", "type: tensors, train: t"})
    void otherSourcesHaveNoMasksAndNoHeadForThem(String source) {
        assertThatThrownBy(() -> read("data: {" + source + ", labels: masks}"))
                .hasMessageContaining("masks need data.type: masks");
        assertThatThrownBy(() -> read("{head: linear, data: {" + source + "}}"))
                .hasMessageContaining("is what gives every pixel a class, and data.labels is single");
    }

    @Test
    void scalesWithoutMasksAreRefused() {
        assertThatThrownBy(() -> read("data: {augment: {minScale: 0.5}}"))
                .hasMessageContaining("data.augment.minScale")
                .hasMessageContaining("use crop: resized");
    }
}
