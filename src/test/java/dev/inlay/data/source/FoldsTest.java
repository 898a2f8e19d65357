package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every image is in the test split of one fold. */
class FoldsTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);
    private static final Optional<String> FIRST_LETTER = Optional.of("/(.)");

    @TempDir
    private Path root;

    private static SeededSplit fold(int number, int of, boolean stratify, Optional<String> groups) {
        return new SeededSplit(0.1, 0, stratify, groups, Optional.of(new SeededSplit.Fold(number, of)), 3);
    }

    private Splits<Dataset> read(int number, int of, boolean stratify, Optional<String> groups) {
        return ImageFolder.read(root, fold(number, of, stratify, groups), DECODER)
                .splits();
    }

    private void fill(String label, int count) {
        for (int i = 0; i < count; i++) {
            Images.png(root.resolve(label).resolve((char) ('a' + i / 3) + "" + i + ".png"));
        }
    }

    private static List<String> ids(Dataset split) {
        return IntStream.range(0, split.size()).mapToObj(split::id).toList();
    }

    private static int count(Dataset split, int label) {
        return (int) IntStream.range(0, split.size())
                .filter(i -> split.label(i) == label)
                .count();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 7})
    void everyImageIsTestedOnceAndFoldsHaveTheirShareOfEveryClass(int folds) {
        fill("ant", 43);
        fill("bee", 17);
        List<String> tested = new ArrayList<>();
        for (int number = 1; number <= folds; number++) {
            Splits<Dataset> splits = read(number, folds, true, Optional.empty());
            assertThat(splits.test().size()).isBetween(60 / folds, 60 / folds + 1);
            assertThat(count(splits.test(), 0)).isBetween(43 / folds, 43 / folds + 1);
            assertThat(count(splits.test(), 1)).isBetween(17 / folds, 17 / folds + 1);
            assertThat(splits.validation().size()).as("a tenth of all").isBetween(5, 7);
            Set<String> all = new HashSet<>(ids(splits.trainAndValidation()));
            all.addAll(ids(splits.test()));
            assertThat(all).hasSize(60);
            assertThat(splits.test().isDrawn()).isTrue();
            tested.addAll(ids(splits.test()));
        }
        assertThat(tested).hasSize(60).doesNotHaveDuplicates();
    }

    @Test
    void groupsStayInOneFoldAndOnOneSideOfEveryDivision() {
        fill("ant", 60);
        fill("bee", 60);
        List<String> tested = new ArrayList<>();
        for (int number = 1; number <= 4; number++) {
            Splits<Dataset> splits = read(number, 4, true, FIRST_LETTER);
            List<String> groups = new ArrayList<>();
            for (Dataset split : List.of(splits.train(), splits.validation(), splits.test())) {
                ids(split).stream().map(id -> id.substring(4, 5)).distinct().forEach(groups::add);
            }
            assertThat(groups).hasSize(20).doesNotHaveDuplicates();
            assertThat(splits.test().size()).isEqualTo(30);
            assertThat(splits.validation().size()).isEqualTo(12);
            tested.addAll(ids(splits.test()));
        }
        assertThat(tested).hasSize(120).doesNotHaveDuplicates();
    }

    @Test
    void foldsWithoutStrataDivideAllImages() {
        fill("ant", 19);
        fill("bee", 2);
        List<String> tested = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            tested.addAll(ids(read(number, 3, false, Optional.empty()).test()));
        }
        assertThat(tested).hasSize(21).doesNotHaveDuplicates();
    }

    @Test
    void classesThatAreSmallerThanTheFoldsAreNamed() {
        fill("ant", 9);
        fill("bee", 4);
        assertThatThrownBy(() -> read(1, 5, true, Optional.empty()))
                .isInstanceOf(DataException.class)
                .hasMessage(root + ": 1 problem\n  - class bee: 4 images, but data.split.folds is 5; have at"
                        + " most 4 folds, or add images");
        assertThatThrownBy(() -> read(1, 3, true, FIRST_LETTER))
                .hasMessageContaining("class bee: 2 groups, but data.split.folds is 3");
    }

    @Test
    void imagesThatAreGivenInSplitsHaveNoFolds() {
        fill("train/ant", 9);
        fill("train/bee", 9);
        fill("test/bee", 2);
        assertThatThrownBy(() -> read(1, 3, true, Optional.empty()))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        root + ": 1 problem\n  - data.split.folds: divides all images, but some are given");
        Path file = Images.write(
                root.resolve("m.csv"),
                "path,label,split\ntrain/ant/a0.png,x,train\ntrain/ant/a1.png,x,test\n"
                        .getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> CsvManifest.read(file, root, fold(1, 2, false, Optional.empty()), DECODER))
                .hasMessageContaining("data.split.folds: divides all images");
    }
}
