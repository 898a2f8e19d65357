package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvManifestTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);

    @TempDir
    private Path root;

    @BeforeEach
    void writeImages() {
        for (String name : new String[] {"a", "b", "c", "d", "with, comma"}) {
            Images.png(root.resolve(name + ".png"));
        }
    }

    @Test
    void readsLabelsAndSplits() {
        Splits<Dataset> splits = read(
                "split,label,ignored,path",
                "train,dog,1,a.png",
                "train,cat,2,b.png",
                "",
                "val,dog,3,c.png",
                "test, cat ,4,\"with, comma.png\"");
        assertThat(splits.train().classNames()).containsExactly("cat", "dog");
        assertThat(splits.train().label(0)).isEqualTo(1);
        assertThat(splits.validation().id(0)).isEqualTo("c.png");
        assertThat(splits.trainAndValidation().size()).isEqualTo(3);
        assertThat(splits.test().label(0)).isZero();
        assertThat(splits.test().image(0).height()).isEqualTo(7);
    }

    @Test
    void aByteOrderMarkIsPassedOver() {
        assertThat(read("\uFEFFpath,label,split", "a.png,x,train").train().id(0))
                .isEqualTo("a.png");
    }

    @Test
    void splitsAreUnderstoodInTheirUsualSpellings() {
        Splits<Dataset> splits =
                read("path,label,split", "a.png,x,Train", "b.png,y,TRAINING", "c.png,x,Valid", "d.png,y,Testing");
        assertThat(splits.train().size()).isEqualTo(2);
        assertThat(splits.validation().id(0)).isEqualTo("c.png");
        assertThat(splits.test().id(0)).isEqualTo("d.png");
    }

    @Test
    void oneFileIsOneImageHoweverItsPathIsWritten() {
        String absolute = root.resolve("a.png").toString();
        assertThatThrownBy(() -> read(
                        "path,label,split", "a.png,x,train", "b.png,y,train", "./a.png,x,test", absolute + ",x,test"))
                .hasMessageContaining("2 problems")
                .hasMessageContaining("line 4: a.png is already listed in line 2")
                .hasMessageContaining("line 5: a.png is already listed in line 2");
    }

    @Test
    void aManifestThatIsNotUtf8IsNamedWithItsLine() {
        Path file = Images.write(root.resolve("latin.csv"), new byte[] {'p', 'a', 't', 'h', '\n', (byte) 0xe9, '\n'});
        assertThatThrownBy(() -> CsvManifest.read(file, root, new SeededSplit(0.2, 0.2, 1), DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(file + " line 2: the manifest is not text in UTF-8");
    }

    @Test
    void numbersAreClassesInTheOrderOfTheirValues() {
        Splits<Dataset> splits = read("path,label,split", "a.png,10,train", "b.png,9,train", "c.png,10,test");
        assertThat(splits.test().classNames()).containsExactly("9", "10");
        assertThat(splits.test().label(0)).isEqualTo(1);
    }

    @Test
    void withoutSplitsEverythingIsDivided() {
        Splits<Dataset> splits =
                read("path,label", "a.png,x", "b.png,x", "c.png,x", "d.png,x", "\"with, comma.png\",x");
        assertThat(splits.train().size()).isEqualTo(3);
        assertThat(splits.validation().size()).isEqualTo(1);
        assertThat(splits.test().size()).isEqualTo(1);
    }

    @Test
    void withoutRowsToValidateTheyAreDrawnFromTrain() {
        Splits<Dataset> splits = read(
                "path,label,split",
                "a.png,x,train",
                "b.png,x,train",
                "c.png,x,train",
                "d.png,x,train",
                "\"with, comma.png\",x,train");
        assertThat(splits.train().size()).isEqualTo(4);
        assertThat(splits.validation().size()).isEqualTo(1);
        assertThat(splits.test().size()).isZero();
    }

    @Test
    void allProblemsOfRowsAreToldTogether() {
        assertThatThrownBy(() ->
                        read("path,label,split", "a.png,x,train", "gone.png,x,train", "b.png,y,test", "a.png,x,test"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root.resolve("list.csv") + ": 3 problems")
                .hasMessageContaining("line 3: gone.png is missing below " + root)
                .hasMessageContaining("line 4: label y does not occur among the rows to train on")
                .hasMessageContaining("line 5: a.png is already listed in line 2");
    }

    @Test
    void malformedRowsAreNamed() {
        assertThatThrownBy(() -> read("path,label,split", "a.png,,train", "b.png,x,dev"))
                .hasMessageContaining("line 2: expected a path and a label, found {path=a.png, label=, split=train}")
                .hasMessageContaining("line 3: split: expected train, val, validation or test; found \"dev\"");
        assertThatThrownBy(() -> read("path,label,split", "a.png"))
                .hasMessageContaining("line 2: expected a path and a label, found {path=a.png}");
        assertThatThrownBy(() -> read("path,label", "a.png,x,surplus"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("line 2: not CSV: ");
        assertThatThrownBy(() -> read("file,class", "a.png,x"))
                .hasMessageContaining("line 1: expected columns path, label and perhaps split; found [file, class]");
    }

    @Test
    void manifestsWithoutRowsAreNamed() {
        assertThatThrownBy(() -> read("path,label")).hasMessageContaining("no row to train on");
        assertThatThrownBy(() -> read("path,label,split", "a.png,x,test")).hasMessageContaining("no row to train on");
        Path gone = root.resolve("gone.csv");
        assertThatThrownBy(() -> CsvManifest.read(gone, root, new SeededSplit(0.2, 0.2, 1), DECODER))
                .hasMessage(gone + ": the manifest cannot be read: there is no such file or folder");
    }

    private Splits<Dataset> read(String... lines) {
        Path file = Images.write(root.resolve("list.csv"), lines);
        return CsvManifest.read(file, root, new SeededSplit(0.2, 0.2, 1), DECODER);
    }
}
