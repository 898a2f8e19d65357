package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Contents;
import dev.inlay.data.Dataset;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LeaksTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.APPLY);
    private static final VtabLists LISTS = new VtabLists(".", "train.txt", "val.txt", "both.txt", "test.txt");

    @TempDir
    private Path root;

    @BeforeEach
    void writeLists() throws IOException {
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            Files.writeString(root.resolve(name), "image " + name);
        }
        list("train.txt", "a 0", "b 1");
        list("val.txt", "c 0", "d 1");
        list("both.txt", "a 0", "b 1", "c 0", "d 1");
        list("test.txt", "e 0", "f 1");
    }

    @Test
    void splitsOfTheirOwnHaveNone() {
        assertThat(find(true)).isEmpty();
    }

    @Test
    void aCopyOfAnImageToTrainOnIsNoTestImage() throws IOException {
        Files.copy(root.resolve("b"), root.resolve("copy"));
        list("test.txt", "e 0", "copy 1");
        requireRefused("copy, which holds what b holds");
        assertThat(find(false))
                .containsExactly("1 of 2 images of the test split are learned from, too, such as copy, which holds what"
                        + " b holds; its accuracy is better than it should be");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void norIsALinkOfEitherKind() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), root.resolve("a"));
        list("test.txt", "e 0", "link 1");
        requireRefused("link, which holds what a holds");
        Files.createLink(root.resolve("hard"), root.resolve("d"));
        list("test.txt", "e 0", "hard 1");
        requireRefused("hard, which holds what d holds");
    }

    @Test
    void anImageOfTheJoinedListAloneCountsAsLearnedFrom() throws IOException {
        Files.copy(root.resolve("e"), root.resolve("copy"));
        list("both.txt", "a 0", "b 1", "copy 0");
        requireRefused("e, which holds what copy holds");
    }

    @Test
    void aTestListThatIsAnotherListOnPurposeIsNone() throws IOException {
        list("test.txt", "a 0", "b 1");
        VtabLists same = new VtabLists(".", "train.txt", "val.txt", "both.txt", "train.txt");
        assertThat(new Leaks(same.read(root, DECODER), contents(same.read(root, DECODER))).find(true))
                .isEmpty();
    }

    @Test
    void validationThatIsTrainedOnIsCounted() throws IOException {
        Files.copy(root.resolve("a"), root.resolve("copy"));
        list("val.txt", "copy 0", "d 1");
        assertThat(find(true))
                .containsExactly(
                        "1 of 2 images of the validation split are also in train, such as copy, which holds what"
                                + " a holds; what is chosen on it may be chosen too well");
    }

    @Test
    void copiesThatADrawDividedAreCountedAndNotRefused() throws IOException {
        Path folder = Files.createDirectory(root.resolve("folder"));
        for (String name : List.of("cat", "dog")) {
            Files.createDirectory(folder.resolve(name));
            for (int i = 0; i < 10; i++) {
                Files.writeString(folder.resolve(name).resolve(i + ".png"), "always the same " + name);
            }
        }
        Splits<Dataset> drawn =
                ImageFolder.read(folder, new SeededSplit(0, 0.2, 1), DECODER).splits();
        assertThat(new Leaks(drawn, contents(drawn)).find(true))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("4 of 4 images of the test split are learned from, too, such as cat/");
    }

    private void requireRefused(String leak) {
        assertThatThrownBy(() -> find(true))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("test.txt: 1 of 2 images of the test split are learned from, too")
                .hasMessageContaining("\n  - " + leak)
                .hasMessageContaining("data.onLeak: warn");
    }

    private List<String> find(boolean refuse) {
        Splits<Dataset> splits = LISTS.read(root, DECODER);
        return new Leaks(splits, contents(splits)).find(refuse);
    }

    private static Contents contents(Splits<Dataset> splits) {
        Contents contents = new Contents();
        for (Dataset dataset :
                List.of(splits.train(), splits.validation(), splits.trainAndValidation(), splits.test())) {
            for (int i = 0; i < dataset.size(); i++) {
                contents.add(dataset.id(i), dataset.file(i).orElseThrow());
            }
        }
        return contents;
    }

    private void list(String name, String... lines) throws IOException {
        Files.write(root.resolve(name), List.of(lines));
    }
}
