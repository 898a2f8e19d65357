package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** {@link ListedImages} have two classes, the even and the odd ones. */
class BadImagesTest {
    private final BadImages bad = new BadImages();

    @Test
    void nothingBadIsNothingToSay() {
        bad.add(decoded(6), true);
        assertThat(bad.settle(OnBadImage.FAIL)).isEmpty();
        assertThat(bad.count()).isZero();
    }

    @Test
    void thoseOfAllSplitsStopTheRunInOneListThatNamesEachOnce() {
        int[] many = IntStream.range(10, 33).toArray();
        bad.add(decoded(50, many), true);
        bad.add(decoded(50, many), true);
        bad.add(decoded(50, 40, 41), false);
        assertThatThrownBy(() -> bad.settle(OnBadImage.FAIL))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith(
                        "25 images cannot be used; repair or remove them, or set data.onBadImage: skip\n")
                .hasMessageContaining("  - image 10: damaged\n")
                .hasMessageContaining("image 29: damaged")
                .hasMessageNotContaining("image 30: damaged")
                .hasMessageEndingWith("and 5 more");
    }

    @Test
    void skippedOnesAreCountedByReason() {
        bad.add(decoded(20, 0, 3), true);
        bad.add(decoded(20, 3), true);
        assertThat(bad.settle(OnBadImage.SKIP))
                .containsExactly("2 images skipped (data.onBadImage: skip), such as image 0: damaged");
        assertThat(bad.count()).isEqualTo(2);
    }

    @Test
    void reasonsAreEqualWhateverFileAndNumbersTheyName() {
        assertThat(new BadImage("cat/a: b.png", "/photos/cat/a: b.png: cannot be decoded, it is truncated (at 17)")
                        .reason())
                .isEqualTo("cannot be decoded, it is truncated");
        assertThat(new BadImage("x", "/photos/x: 9 x 10000 pixels are too many").reason())
                .isEqualTo(new BadImage("y", "/photos/y: 10 x 2 pixels are too many").reason());
    }

    @Test
    void aClassThatIsLeftWithoutImagesToTrainOnIsRefused() {
        bad.add(decoded(6, 1, 3, 5), true);
        assertThatThrownBy(() -> bad.settle(OnBadImage.SKIP))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("3 images cannot be used, and without them a class has none")
                .hasMessageContaining("listed: no image is left of odd")
                .hasMessageContaining("image 5: damaged");
    }

    @Test
    void aClassThatIsNotTestedAnyMoreIsSaidAndATestWithoutImagesRefused() {
        bad.add(decoded(6, 1, 3, 5), false);
        assertThat(bad.settle(OnBadImage.SKIP)).contains("listed: no image is left of odd");
        bad.add(decoded(2, 0, 1), false);
        assertThatThrownBy(() -> bad.settle(OnBadImage.SKIP)).hasMessageContaining("no image is left of even, odd");
    }

    private static DecodedExamples decoded(int size, int... bad) {
        Set<Integer> damaged = IntStream.of(bad).boxed().collect(Collectors.toSet());
        return DecodedExamples.decode(
                new ListedImages(size, damaged),
                ImageTransform.direct(4, 4, Normalization.NONE, ExifOrientation.IGNORE),
                Augmentation.NONE,
                7,
                new DecodingOptions(1 << 20, 2),
                Progress.NONE);
    }
}
