package dev.inlay.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.Dataset;
import dev.inlay.data.Pictures;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
    private static final ImageDecoder DECODER = new ImageDecoder(ExifOrientation.IGNORE);
    private static final SeededSplit SPLIT = new SeededSplit(0.2, 0.3, 1);

    @TempDir
    private Path root;

    @Test
    void classFoldersAreDividedClassByClassFromASeed() {
        fill("zebra", 10);
        fill("ant", 20);
        Pictures.write(root.resolve("ant/notes.txt"), "not a picture");
        Pictures.png(root.resolve("ant/.hidden.png"));
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER);
        assertThat(splits.train().classNames()).containsExactly("ant", "zebra");
        assertThat(counts(splits.train())).containsExactly(10, 5);
        assertThat(counts(splits.validation())).containsExactly(4, 2);
        assertThat(counts(splits.test())).containsExactly(6, 3);

        List<String> all = new ArrayList<>(ids(splits.trainAndValidation()));
        all.addAll(ids(splits.test()));
        assertThat(all).hasSize(30).doesNotHaveDuplicates().contains("ant/p00.png", "zebra/p09.png");
        assertThat(new HashSet<>(ids(splits.trainAndValidation())))
                .containsAll(ids(splits.train()))
                .containsAll(ids(splits.validation()));

        assertThat(ids(ImageFolder.read(root, SPLIT, DECODER).test())).isEqualTo(ids(splits.test()));
        assertThat(ids(ImageFolder.read(root, new SeededSplit(0.2, 0.3, 2), DECODER)
                        .test()))
                .isNotEqualTo(ids(splits.test()));
    }

    @Test
    void splitFoldersAreTakenAsTheyAre() {
        fill("train/a", 3);
        fill("train/b", 2);
        fill("val/b", 1);
        fill("test/a", 1);
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER);
        assertThat(counts(splits.train())).containsExactly(3, 2);
        assertThat(counts(splits.validation())).containsExactly(0, 1);
        assertThat(counts(splits.test())).containsExactly(1, 0);
        assertThat(splits.trainAndValidation().size()).isEqualTo(6);
        assertThat(splits.test().id(0)).isEqualTo("test/a/p00.png");
    }

    @Test
    void validationIsDrawnFromTrainWhereItLacks() {
        fill("train/a", 10);
        fill("test/a", 1);
        Splits<Dataset> splits = ImageFolder.read(root, SPLIT, DECODER);
        assertThat(splits.train().size()).isEqualTo(8);
        assertThat(splits.validation().size()).isEqualTo(2);
        assertThat(splits.test().size()).isEqualTo(1);
    }

    @Test
    void aClassKeepsAPictureToTrainOn() {
        fill("a", 1);
        fill("b", 10);
        Splits<Dataset> splits = ImageFolder.read(root, new SeededSplit(0.4, 0.5, 1), DECODER);
        assertThat(counts(splits.train())).containsExactly(1, 1);
    }

    @Test
    void everyEmptyClassIsNamed() throws IOException {
        fill("a", 1);
        Files.createDirectories(root.resolve("b"));
        Pictures.write(root.resolve("c/picture.tiff"), "unknown extension");
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(root + ": 2 problems")
                .hasMessageContaining(
                        root.resolve("b") + ": the class has no pictures (bmp, gif, jpeg, jpg, png, webp)")
                .hasMessageContaining(root.resolve("c") + ": the class has no pictures");
    }

    @Test
    void wrongFoldersAreNamed() {
        assertThatThrownBy(() -> ImageFolder.read(root.resolve("gone"), SPLIT, DECODER))
                .hasMessage(root.resolve("gone") + ": expected a folder of class folders, found no folder; check the"
                        + " path");
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER)).hasMessageContaining("no class folders");
        fill("train/a", 1);
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .hasMessageContaining("has a folder train but no folder test");
        fill("test/b", 1);
        assertThatThrownBy(() -> ImageFolder.read(root, SPLIT, DECODER))
                .hasMessageContaining(root.resolve("test/b") + ": no class of this name in train");
    }

    @Test
    void sharesMustLeaveSomethingToTrainOn() {
        assertThatThrownBy(() -> new SeededSplit(0.5, 0.5, 1)).hasMessageContaining("together below 1");
    }

    private void fill(String folder, int count) {
        for (int i = 0; i < count; i++) {
            Pictures.png(root.resolve(folder).resolve(String.format("p%02d.png", i)));
        }
    }

    private static int[] counts(Dataset dataset) {
        int[] counts = new int[dataset.classNames().size()];
        for (int i = 0; i < dataset.size(); i++) {
            counts[dataset.label(i)]++;
        }
        return counts;
    }

    private static List<String> ids(Dataset dataset) {
        return IntStream.range(0, dataset.size()).mapToObj(dataset::id).toList();
    }
}
