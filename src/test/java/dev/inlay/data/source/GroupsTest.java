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
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that belong together are never on two sides of a division. */
class GroupsTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);

    /** Images are called {@code group_number.png}. */
    private static final String BEFORE_NUMBER = "([^/]+)_[0-9]+\\.png";

    @TempDir
    private Path root;

    private static SeededSplit grouped(String rule, long seed) {
        return new SeededSplit(0.2, 0.3, true, Optional.of(rule), Optional.empty(), seed);
    }

    /** Two classes, 40 groups of 1 to 8 images; half of the groups have images of both. */
    private int drawGroups() {
        SplittableRandom random = new SplittableRandom(5);
        int images = 0;
        for (int group = 0; group < 40; group++) {
            int size = 1 + random.nextInt(8);
            for (int i = 0; i < size; i++) {
                String label = group % 2 == 0 ? "ant" : i % 3 == 0 ? "ant" : "bee";
                Images.png(root.resolve(label + "/g" + group + "_" + i + ".png"));
                images++;
            }
        }
        return images;
    }

    private static Set<String> groups(Dataset split) {
        Set<String> groups = new HashSet<>();
        for (int i = 0; i < split.size(); i++) {
            groups.add(split.id(i).replaceAll(".*/|_.*", ""));
        }
        return groups;
    }

    private static int count(Dataset split, int label) {
        return (int) IntStream.range(0, split.size())
                .filter(i -> split.label(i) == label)
                .count();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void groupsStayTogetherAndEverySplitHasItsShareOfEveryClass(long seed) {
        int images = drawGroups();
        Splits<Dataset> splits =
                ImageFolder.read(root, grouped(BEFORE_NUMBER, seed), DECODER).splits();
        List<String> all = new ArrayList<>(groups(splits.train()));
        all.addAll(groups(splits.validation()));
        all.addAll(groups(splits.test()));
        assertThat(all).hasSize(40).doesNotHaveDuplicates();
        assertThat(splits.trainAndValidation().size() + splits.test().size()).isEqualTo(images);
        for (int label = 0; label < 2; label++) {
            double of = count(splits.trainAndValidation(), label) + count(splits.test(), label);
            assertThat(count(splits.validation(), label) / of).isBetween(0.17, 0.23);
            assertThat(count(splits.test(), label) / of).isBetween(0.27, 0.33);
        }
    }

    @Test
    void theSeedDecidesWhichGroupsGoWhere() {
        drawGroups();
        Set<Set<String>> tests = new HashSet<>();
        for (long seed : new long[] {1, 1, 2, 3}) {
            tests.add(groups(ImageFolder.read(root, grouped(BEFORE_NUMBER, seed), DECODER)
                    .splits()
                    .test()));
        }
        assertThat(tests).hasSize(3);
    }

    @Test
    void imagesWithoutAGroupAreNamed() {
        Images.png(root.resolve("a/p1_1.png"));
        Images.png(root.resolve("a/p2-1.png"));
        Images.png(root.resolve("b/p3.png"));
        assertThatThrownBy(() -> ImageFolder.read(root, grouped(BEFORE_NUMBER, 1), DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 2 problems")
                .hasMessageContaining("a/p2-1.png: data.groups: ([^/]+)_[0-9]+\\.png finds no group in this path")
                .hasMessageContaining("b/p3.png: data.groups");
    }

    @Test
    void aGroupThatIsGivenInTwoSplitsIsNamed() {
        for (String path : List.of("train/a/p1_1", "train/a/p2_1", "train/b/p3_1", "test/a/p1_2", "test/b/p4_1")) {
            Images.png(root.resolve(path + ".png"));
        }
        assertThatThrownBy(() -> ImageFolder.read(
                        root, new SeededSplit(0, 0, true, Optional.of(BEFORE_NUMBER), Optional.empty(), 1), DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 1 problem")
                .hasMessageContaining("group p1: has images in train (train/a/p1_1.png) and in test (test/a/p1_2.png);"
                        + " keep it in one split, or leave out data.groups");
    }

    @Test
    void aClassOfOneGroupIsTrainedOn() {
        for (int i = 0; i < 9; i++) {
            Images.png(root.resolve("a/p" + i + "_1.png"));
            Images.png(root.resolve("b/q_" + i + ".png"));
        }
        Splits<Dataset> splits =
                ImageFolder.read(root, grouped(BEFORE_NUMBER, 1), DECODER).splits();
        assertThat(count(splits.train(), 1)).isEqualTo(9);
        assertThat(count(splits.test(), 0)).isPositive();
    }

    @Test
    void aColumnOfAManifestNamesTheGroups() {
        StringBuilder csv = new StringBuilder("path,label,patient\n");
        for (int i = 0; i < 24; i++) {
            Images.png(root.resolve(i + ".png"));
            csv.append(i)
                    .append(".png,")
                    .append(i % 2 == 0 ? "x" : "y")
                    .append(",n")
                    .append(i / 4)
                    .append('\n');
        }
        Path file = Images.write(root.resolve("m.csv"), csv.toString().getBytes(StandardCharsets.UTF_8));
        Splits<Dataset> splits = CsvManifest.read(file, root, grouped("patient", 1), DECODER);
        assertThat(splits.test().size() % 4).isZero();
        assertThat(splits.test().size()).isPositive();
        for (int i = 0; i < splits.test().size(); i += 4) {
            int first = Integer.parseInt(splits.test().id(i).replace(".png", ""));
            for (int k = 0; k < 4; k++) {
                assertThat(splits.test().id(i + k)).isEqualTo(first + k + ".png");
            }
        }
        assertThatThrownBy(() -> CsvManifest.read(file, root, grouped("doctor", 1), DECODER))
                .hasMessageContaining(
                        "line 1: expected a column doctor as data.groups says; found [path, label, patient]");
        Path holes = Images.write(
                root.resolve("holes.csv"),
                "path,label,patient\n0.png,x,\n1.png,y,n1\n2.png,x,\n".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> CsvManifest.read(holes, root, grouped("patient", 1), DECODER))
                .hasMessageContaining("2 problems")
                .hasMessageContaining("line 2: expected a group in column patient, found nothing")
                .hasMessageContaining("line 4: expected a group");
    }
}
