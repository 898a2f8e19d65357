package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonSplitsTest {
    private static final JsonSplits FGVC = new JsonSplits("images", "train.json", "val.json", "test.json");

    @TempDir
    private Path root;

    @BeforeEach
    void writeAGoodDataSet() {
        for (String name : new String[] {"a", "b", "c", "d", "e"}) {
            Images.png(root.resolve("images/birds/" + name + ".png"));
        }
        write("train.json", "{'birds/a.png': 817, 'birds/b.png': 3, 'birds/c.png': 44}");
        write("val.json", "{'birds/d.png': 44}");
        write("test.json", "{'birds/e.png': 817}");
    }

    @Test
    void classesAreThoseOfTrainInTheOrderOfTheirNumbersWhateverASplitLacks() {
        Splits<Dataset> splits = read();
        assertThat(splits.train().classNames()).containsExactly("3", "44", "817");
        assertThat(splits.train().label(0)).isEqualTo(2);
        assertThat(splits.train().label(1)).isZero();
        // numbered by themselves, as in VPT's code, both would be class 0
        assertThat(splits.validation().label(0)).isEqualTo(1);
        assertThat(splits.test().label(0)).isEqualTo(2);
        assertThat(splits.test().classNames()).isEqualTo(splits.train().classNames());
        assertThat(splits.trainAndValidation().size()).isEqualTo(4);
        assertThat(splits.trainAndValidation().id(3)).isEqualTo("birds/d.png");
        assertThat(splits.test().image(0).width()).isEqualTo(9);
    }

    @Test
    void aClassThatTrainDoesNotHaveIsRefused() {
        write("test.json", "{'birds/e.png': 818}");
        write("val.json", "{'birds/d.png': 2}");
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 2 problems\n")
                .hasMessageContaining("val.json: its classes must be those of train.json (3, from 3 to 817); not among"
                        + " them: [2]")
                .hasMessageContaining("test.json: ")
                .hasMessageContaining("[818]");
    }

    @Test
    void aMissingFileIsOneClearProblem() throws IOException {
        Files.delete(root.resolve("val.json"));
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessage(root + ": 1 problem\n  - val.json: the file is missing below " + root);
    }

    @Test
    void whatIsNotAMapFromPathsToWholeNumbersIsRefusedByFile() {
        write("train.json", "['birds/a.png']");
        write("val.json", "{'birds/d.png': 'owl', 'birds/c.png': 1.5}");
        write("test.json", "{'birds/e.png': 3");
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("4 problems")
                .hasMessageContaining("train.json: expected one JSON object")
                .hasMessageContaining("val.json: birds/d.png: expected a class, a whole number, found \"owl\"")
                .hasMessageContaining("birds/c.png: expected a class, a whole number, found 1.5")
                .hasMessageContaining("test.json: expected JSON, found a fault: it ends too early at line 2, column 1");
    }

    @Test
    void aImageThatIsMissingInTwoSplitsOrTwiceInOneIsRefused() {
        write("test.json", "{'birds/e.png': 3, 'birds/gone.png': 3, 'birds/a.png': 817}");
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2 problems")
                .hasMessageContaining("test.json: birds/gone.png is missing below " + root.resolve("images"))
                .hasMessageContaining("test.json: birds/a.png is also in train.json");
        write("test.json", "{'birds/e.png': 3, 'birds/e.png': 817}");
        assertThatThrownBy(this::read)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the key 'birds/e.png' is there twice at line 1");
    }

    @Test
    void oneFileIsOneImageHoweverItsPathIsWritten() {
        write("train.json", "\ufeff{'./birds/a.png': 817, 'birds/../birds/b.png': 3, 'birds\\\\c.png': 44}");
        Splits<Dataset> splits = read();
        assertThat(splits.train().id(0)).isEqualTo("birds/a.png");
        assertThat(splits.train().id(2)).isEqualTo("birds/c.png");
        write("test.json", "{'birds/./a.png': 817}");
        assertThatThrownBy(this::read).hasMessageContaining("test.json: birds/./a.png is also in train.json");
    }

    private Splits<Dataset> read() {
        return FGVC.read(root, new ImageDecoder(ExifOrientation.IGNORE));
    }

    private void write(String name, String json) {
        Images.write(root.resolve(name), json.replace('\'', '"'));
    }
}
