package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Pictures;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
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
            Pictures.png(root.resolve("images/" + name + ".png"));
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
                .hasMessageStartingWith(root + ": 8 problems\n")
                .hasMessageContaining("train800.txt line 2: label 2, expected 0 to 1 as in classes.txt")
                .hasMessageContaining("train800.txt line 3: images/gone.png is missing below " + root)
                .hasMessageContaining("train800.txt line 4: expected path, space, label from 0; found \"nonsense\"")
                .hasMessageContaining("train800.txt line 5: images/b.png is already listed in line 2")
                .hasMessageContaining("test.txt line 1: images/a.png is also in a list to train on")
                .hasMessageContaining("test.txt line 2: expected path, space, label from 0; found \"images/e.png -1\"")
                .hasMessageContaining("test.txt line 3: expected path, space, label from 0; found \"\"")
                .hasMessageContaining("test.txt line 4: expected path, space, label from 0; found \"images/c.png x\"");
    }

    @Test
    void labelsWithoutNamesMustNotLeaveGaps() {
        list("test.txt", "images/e.png 3");
        assertThatThrownBy(this::read)
                .hasMessageContaining("labels: expected 0 to 2 for 3 classes, found no picture of 2 but some of 3");
    }

    @Test
    void missingAndEmptyListsAreNamed() {
        VtabLists lists = new VtabLists(".", "train800.txt", "val.txt", "train800val200.txt", "test.txt");
        Pictures.write(root.resolve("test.txt"), new byte[0]);
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
        Pictures.write(root.resolve(name), lines);
    }
}
