package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VtabListsTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);

    @TempDir
    private Path root;

    @BeforeEach
    void writeAGoodDataSet() {
        for (String name : new String[] {"a", "b", "c", "with space", "e"}) {
            Images.png(root.resolve("images/" + name + ".png"));
        }
        list("train800.txt", "images/a.png 0", "images/b.png 1");
        list("val200.txt", "images/c.png 1");
        list("train800val200.txt", "images/a.png 0", "images/b.png 1", "images/c.png 1");
        list("test.txt", "images/with space.png 1", "images/e.png 0");
    }

    @Test
    void readsTheListsInTheirOrder() {
        Splits<Dataset> splits = read();
        assertThat(splits.train().size()).isEqualTo(2);
        assertThat(splits.validation().size()).isEqualTo(1);
        assertThat(splits.trainAndValidation().size()).isEqualTo(3);
        Dataset test = splits.test();
        assertThat(test.classNames()).containsExactly("0", "1");
        assertThat(test.id(0)).isEqualTo("images/with space.png");
        assertThat(test.label(0)).isEqualTo(1);
        assertThat(test.label(1)).isZero();
        assertThat(test.image(0).width()).isEqualTo(9);
        assertThat(test.name()).isEqualTo(root.resolve("test.txt").toString());
    }

    @Test
    void classNamesComeFromTheirFile() {
        list("classes.txt", "cat", "dog", "never seen");
        assertThat(read().train().classNames()).containsExactly("cat", "dog", "never seen");
    }

    @Test
    void fingerprintTellsLabelsAndNamesApart() {
        String before = read().test().fingerprint();
        assertThat(read().test().fingerprint()).isEqualTo(before);
        list("classes.txt", "cat", "dog");
        String named = read().test().fingerprint();
        list("test.txt", "images/with space.png 0", "images/e.png 0");
        assertThat(read().test().fingerprint()).isNotEqualTo(named);
        assertThat(named).isNotEqualTo(before);
    }

    @Test
    void allProblemsAreToldTogetherWithTheirLines() {
        list("classes.txt", "cat", "dog");
        list("train800.txt", "images/a.png 0", "images/b.png 2", "images/gone.png 1", "nonsense", "images/b.png 1");
        list("test.txt", "images/a.png 1", "images/e.png -1", "", "images/c.png x");
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 7 problems\n")
                .hasMessageContaining("train800.txt line 2: label 2, expected 0 to 1 as in classes.txt")
                .hasMessageContaining("train800.txt line 3: images/gone.png is missing below " + root)
                .hasMessageContaining("train800.txt line 4: expected path, space, label from 0; found \"nonsense\"")
                .hasMessageContaining("train800.txt line 5: images/b.png is already listed in line 2")
                .hasMessageContaining("test.txt line 1: images/a.png is also in a list to train on")
                .hasMessageContaining("test.txt line 2: expected path, space, label from 0; found \"images/e.png -1\"")
                .hasMessageContaining("test.txt line 4: expected path, space, label from 0; found \"images/c.png x\"");
    }

    @Test
    void listsAreReadAsPeopleAndSystemsWriteThem() {
        Images.write(
                root.resolve("train800.txt"),
                "\ufeff./images/a.png   0\r\nimages\\b.png\t1  \r\n\r\n".getBytes(StandardCharsets.UTF_8));
        list("val200.txt", root.resolve("images/c.png") + " 1", "", "");
        list("classes.txt", "\ufeffcat", "dog ", "");
        Splits<Dataset> splits = read();
        assertThat(splits.train().size()).isEqualTo(2);
        assertThat(splits.train().id(0)).isEqualTo("images/a.png");
        assertThat(splits.train().id(1)).isEqualTo("images/b.png");
        assertThat(splits.train().label(1)).isEqualTo(1);
        assertThat(splits.train().image(1).width()).isEqualTo(9);
        assertThat(splits.validation().id(0)).isEqualTo("images/c.png");
        assertThat(splits.train().classNames()).containsExactly("cat", "dog");
    }

    @Test
    void aBackslashInANameIsOneIfThereIsSuchAFile() {
        Images.png(root.resolve("images/x\\y.png"));
        list("test.txt", "images/x\\y.png 0");
        assertThat(read().test().id(0)).isEqualTo("images/x\\y.png");
    }

    @Test
    void aTestImageThatIsTrainedOnIsFoundHoweverItsPathIsWritten() {
        list("test.txt", "./images/a.png 0", root.resolve("images/c.png") + " 1", "images/../images/b.png 1");
        assertThatThrownBy(this::read)
                .hasMessageStartingWith(root + ": 3 problems\n")
                .hasMessageContaining("test.txt line 1: images/a.png is also in a list to train on")
                .hasMessageContaining("test.txt line 2: images/c.png is also in a list to train on")
                .hasMessageContaining("test.txt line 3: images/b.png is also in a list to train on");
    }

    @Test
    void aListThatIsNotUtf8IsNamedWithItsLine() {
        byte[] latin = "images/a.png 0\nimages/\u00e9.png 0\n".getBytes(StandardCharsets.ISO_8859_1);
        Images.write(root.resolve("test.txt"), latin);
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root.resolve("test.txt") + " line 2: the list is not text in UTF-8");
        Images.write(root.resolve("test.txt"), "images/a.png 0\n".getBytes(StandardCharsets.UTF_16));
        assertThatThrownBy(this::read).hasMessageContaining("test.txt line 1: the list is text in UTF-16");
    }

    @Test
    void whatIsNoFileIsSaidToBeWhatItIs() throws IOException {
        Files.createSymbolicLink(root.resolve("images/broken.png"), Path.of("nowhere"));
        list("test.txt", "images 0", "images/broken.png 1");
        assertThatThrownBy(this::read)
                .hasMessageContaining("test.txt line 1: images is a folder, expected an image")
                .hasMessageContaining("test.txt line 2: images/broken.png is a link that leads nowhere");
    }

    @Test
    void labelsWithoutNamesMustNotLeaveGaps() {
        list("test.txt", "images/e.png 3");
        assertThatThrownBy(this::read)
                .hasMessageContaining("labels: expected 0 to 2 for 3 classes, found no image of 2 but some of 3");
    }

    @Test
    void missingAndEmptyListsAreNamed() {
        VtabLists lists = new VtabLists(".", "train800.txt", "val.txt", "train800val200.txt", "test.txt");
        Images.write(root.resolve("test.txt"), new byte[0]);
        assertThatThrownBy(() -> lists.read(root, DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("val.txt: the list is missing below " + root)
                .hasMessageContaining("test.txt: the list is empty");
    }

    @Test
    void longListsOfProblemsAreCutWithTheirCount() {
        String[] lines = new String[25];
        Arrays.setAll(lines, i -> "images/none" + i + ".png 0");
        list("test.txt", lines);
        assertThatThrownBy(this::read)
                .hasMessageStartingWith(root + ": 25 problems\n")
                .hasMessageContaining("none19.png")
                .hasMessageNotContaining("none20.png")
                .hasMessageEndingWith("and 5 more");
    }

    @Test
    void namesOfClassesMustDiffer() {
        list("classes.txt", "cat", "cat");
        assertThatThrownBy(this::read)
                .hasMessageContaining("classes.txt line 2: expected a class name of its own, found \"cat\"");
    }

    private Splits<Dataset> read() {
        return VtabLists.STANDARD.read(root, DECODER);
    }

    private void list(String name, String... lines) {
        Images.write(root.resolve(name), lines);
    }
}
