package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several classes, or numbers, from manifests and JSON lists. */
class LabelColumnsTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);
    private static final LabelColumns MULTI = new LabelColumns(Kind.MULTI, List.of(), "|");
    private static final LabelColumns NUMBERS = new LabelColumns(Kind.NUMBERS, List.of(), "|");

    @TempDir
    private Path root;

    @BeforeEach
    void writeImages() {
        for (String name : new String[] {"a", "b", "c", "d", "e"}) {
            Images.png(root.resolve(name + ".png"));
        }
    }

    private Splits<Dataset> csv(LabelColumns columns, String... lines) {
        Path file = Images.write(root.resolve("list.csv"), lines);
        return CsvManifest.read(
                file,
                root,
                columns,
                new SeededSplit(0.2, 0.2, false, java.util.Optional.empty(), java.util.Optional.empty(), 1),
                DECODER);
    }

    private Splits<Dataset> json(LabelColumns columns, String train, String validation, String test) {
        Images.write(root.resolve("train.json"), train.replace('\'', '"'));
        Images.write(root.resolve("val.json"), validation.replace('\'', '"'));
        Images.write(root.resolve("test.json"), test.replace('\'', '"'));
        return new JsonSplits(".", "train.json", "val.json", "test.json").read(root, columns, DECODER);
    }

    @Test
    void oneColumnNamesSeveralClassesOrNone() {
        Splits<Dataset> splits = csv(
                MULTI,
                "path,label,split",
                "a.png,dog| cat,train",
                "b.png,,train",
                "c.png,cat|cat,val",
                "d.png,dog,test");
        assertThat(splits.train().labels()).isEqualTo(LabelSpace.setOf(List.of("cat", "dog")));
        assertThat(splits.train().target(0)).containsExactly(1, 1);
        assertThat(splits.train().target(1)).containsExactly(0, 0);
        assertThat(splits.validation().target(0)).containsExactly(1, 0);
        assertThat(splits.test().target(0)).containsExactly(0, 1);
        assertThat(splits.trainAndValidation().target(2)).containsExactly(1, 0);
    }

    @Test
    void theSeparatorMayBeABlank() {
        Splits<Dataset> splits = csv(
                new LabelColumns(Kind.MULTI, List.of(), " "), "path,label,split", "a.png,3 10,train", "b.png,10,test");
        assertThat(splits.train().classNames()).containsExactly("3", "10");
        assertThat(splits.test().target(0)).containsExactly(0, 1);
    }

    @Test
    void aColumnForEachClassHoldsZeroOrOne() {
        Splits<Dataset> splits = csv(
                new LabelColumns(Kind.MULTI, List.of("dog", "cat"), "|"),
                "path,cat,dog,split",
                "a.png,1,0,train",
                "b.png,1.0,1,train",
                "c.png,0,0,test");
        assertThat(splits.train().classNames()).containsExactly("dog", "cat");
        assertThat(splits.train().target(0)).containsExactly(0, 1);
        assertThat(splits.train().target(1)).containsExactly(1, 1);
        assertThat(splits.test().target(0)).containsExactly(0, 0);
    }

    @Test
    void numbersAreStandardisedByTheTrainingImages() {
        Splits<Dataset> splits = csv(
                new LabelColumns(Kind.NUMBERS, List.of("height", "weight"), "|"),
                "path,weight,height,split",
                "a.png,1e3,2,train",
                "b.png,-3,4,train",
                "c.png,0,100,test");
        LabelSpace.Numbers labels = (LabelSpace.Numbers) splits.test().labels();
        assertThat(labels.names()).containsExactly("height", "weight");
        assertThat(labels.means()).containsExactly(3.0, 498.5);
        assertThat(labels.deviations().get(0)).isEqualTo(1);
        assertThat(labels.deviations().get(1)).isCloseTo(501.5, within(1e-9));
        assertThat(splits.test().target(0)).containsExactly(100, 0);
        assertThat(labels.values(new float[] {2, -1})).containsExactly(5, -3);
    }

    @Test
    void oneNumberIsInTheColumnLabelUnlessSaid() {
        Splits<Dataset> splits = csv(NUMBERS, "path,label,split", "a.png,1,train", "b.png,2,train", "c.png,3,test");
        assertThat(splits.train().labels().names()).containsExactly("label");
        assertThatThrownBy(() -> splits.train().label(0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected one class for each image, the labels are numbers");
    }

    @Test
    void imagesWithoutADivisionAreDividedWhateverTheirLabels() {
        Splits<Dataset> splits = csv(NUMBERS, "path,label", "a.png,1", "b.png,2", "c.png,3", "d.png,4", "e.png,5");
        assertThat(splits.train().size()).isEqualTo(3);
        assertThat(splits.validation().size()).isEqualTo(1);
        assertThat(splits.test().size()).isEqualTo(1);
    }

    @Test
    void everyNumberThatIsMissingOrNotFiniteIsToldAtOnce() {
        assertThatThrownBy(() -> csv(
                        new LabelColumns(Kind.NUMBERS, List.of("x", "y"), "|"),
                        "path,x,y,split",
                        "a.png,1,,train",
                        "b.png,nan,2,train",
                        "c.png,1,inf,train",
                        "d.png,one,1e99,test"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root.resolve("list.csv") + ": 5 problems")
                .hasMessageContaining("line 2: y: expected a finite number, found nothing")
                .hasMessageContaining("line 3: x: expected a finite number, found \"nan\"")
                .hasMessageContaining("line 4: y: expected a finite number, found \"inf\"")
                .hasMessageContaining("line 5: x: expected a finite number, found \"one\"")
                .hasMessageContaining("line 5: y: expected a finite number, found \"1e99\"");
    }

    @Test
    void classesThatAreNotTrainedAndCellsThatAreNoneAreTold() {
        assertThatThrownBy(() -> csv(MULTI, "path,label,split", "a.png,x,train", "b.png,x|y|z,test"))
                .hasMessageContaining("line 3: label y does not occur among the rows to train on")
                .hasMessageContaining("line 3: label z does not occur");
        assertThatThrownBy(() -> csv(
                        new LabelColumns(Kind.MULTI, List.of("x"), "|"),
                        "path,x,split",
                        "a.png,2,train",
                        "b.png,yes,test"))
                .hasMessageContaining("line 2: x: expected 0 or 1, found \"2\"")
                .hasMessageContaining("line 3: x: expected 0 or 1, found \"yes\"");
        assertThatThrownBy(() -> csv(MULTI, "path,label,split", "a.png,,train", "b.png,,test"))
                .hasMessageContaining("no row to train on has a class");
        assertThatThrownBy(() -> csv(new LabelColumns(Kind.NUMBERS, List.of("age"), "|"), "path,label", "a.png,1"))
                .hasMessageContaining("line 1: expected columns path, age and perhaps split; found [path, label]");
    }

    @Test
    void jsonListsHoldListsOfClasses() {
        Splits<Dataset> splits = json(MULTI, "{'a.png': [7, 2], 'b.png': []}", "{'c.png': 7}", "{'d.png': [2]}");
        assertThat(splits.train().classNames()).containsExactly("2", "7");
        assertThat(splits.train().target(0)).containsExactly(1, 1);
        assertThat(splits.train().target(1)).containsExactly(0, 0);
        assertThat(splits.validation().target(0)).containsExactly(0, 1);
        assertThatThrownBy(() -> json(MULTI, "{'a.png': ['x']}", "{'c.png': 7}", "{'d.png': [2]}"))
                .hasMessageContaining("train.json: a.png: expected a list of classes, whole numbers, found [\"x\"]");
        assertThatThrownBy(() -> json(MULTI, "{'a.png': [1]}", "{'c.png': [1, 7]}", "{'d.png': [1]}"))
                .hasMessageContaining("val.json: its classes must be those of train.json");
        assertThatThrownBy(() -> json(LabelColumns.SINGLE, "{'a.png': [1]}", "{'c.png': 1}", "{'d.png': 1}"))
                .hasMessageContaining("train.json: a.png: expected a class, a whole number, found [1]");
    }

    @Test
    void jsonListsHoldNumbers() {
        Splits<Dataset> splits =
                json(NUMBERS, "{'a.png': [1.5, 0], 'b.png': [2.5, 1]}", "{'c.png': [0, 0]}", "{'d.png': [9, 9]}");
        assertThat(splits.train().labels().names()).containsExactly("0", "1");
        assertThat(splits.test().target(0)).containsExactly(9, 9);
        assertThat(((LabelSpace.Numbers) splits.test().labels()).means()).containsExactly(2.0, 0.5);
        assertThat(json(
                                new LabelColumns(Kind.NUMBERS, List.of("age"), "|"),
                                "{'a.png': 1, 'b.png': 3}",
                                "{'c.png': 0}",
                                "{'d.png': 9}")
                        .train()
                        .labels()
                        .names())
                .containsExactly("age");
        assertThatThrownBy(() -> json(NUMBERS, "{'a.png': [1, 2], 'b.png': 1}", "{'c.png': [0, 0]}", "{'d.png': [9]}"))
                .hasMessageContaining("train.json: b.png: expected as many numbers as others have, 2, found 1")
                .hasMessageContaining("test.json: d.png: expected as many numbers as others have, 2, found 1");
        assertThatThrownBy(() -> json(NUMBERS, "{'a.png': null}", "{'c.png': 0}", "{'d.png': 9}"))
                .hasMessageContaining("train.json: a.png: expected a finite number or a list of them, found null");
    }
}
