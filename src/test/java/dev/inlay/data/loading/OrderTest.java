package dev.inlay.data.loading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Epochs that visit every class equally often. */
class OrderTest {
    /** Labels of classes of some sizes; a class of size 0 does not occur. */
    private static int[] labels(int... sizes) {
        return IntStream.range(0, sizes.length)
                .flatMap(label -> IntStream.generate(() -> label).limit(sizes[label]))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({"90, 9, 1", "40, 0, 3", "5, 5, 5", "7, 1, 0", "1, 1, 1", "200, 3, 1"})
    void classesAreDrawnEquallyOftenAndSoAreTheImagesOfEach(int first, int second, int third) {
        int[] sizes = {first, second, third};
        int[] labels = labels(sizes);
        int size = labels.length;
        int classes = (int) Arrays.stream(sizes).filter(n -> n > 0).count();
        for (int epoch = 0; epoch < 5; epoch++) {
            int[] draws = Order.balanced(7, epoch, labels);
            assertThat(draws).hasSize(size).doesNotHaveDuplicates();
            int[] ofExample = new int[size];
            int[] ofClass = new int[sizes.length];
            for (int draw : draws) {
                ofExample[Order.example(draw, size)]++;
                ofClass[labels[Order.example(draw, size)]]++;
            }
            for (int label = 0; label < sizes.length; label++) {
                if (sizes[label] > 0) {
                    assertThat(ofClass[label]).isBetween(size / classes, size / classes + 1);
                }
                int of = label;
                int[] times = IntStream.range(0, size)
                        .filter(i -> labels[i] == of)
                        .map(i -> ofExample[i])
                        .toArray();
                if (times.length > 0) {
                    assertThat(Arrays.stream(times).max().orElseThrow()
                                    - Arrays.stream(times).min().orElseThrow())
                            .isLessThanOrEqualTo(1);
                }
            }
            for (int draw : draws) {
                assertThat(Order.again(draw, size)).isLessThan(ofExample[Order.example(draw, size)]);
            }
        }
    }

    @Test
    void equalClassesAreVisitedOnceEach() {
        int[] draws = Order.balanced(1, 0, labels(4, 4, 4));
        assertThat(Arrays.stream(draws).sorted().toArray()).isEqualTo(Order.sequential(12));
    }

    @Test
    void everyImageOfALargeClassHasItsTurn() {
        int[] labels = labels(50, 2);
        Set<Integer> seen = new HashSet<>();
        for (int epoch = 0; epoch < 30; epoch++) {
            for (int draw : Order.balanced(1, epoch, labels)) {
                seen.add(Order.example(draw, labels.length));
            }
        }
        assertThat(seen).hasSize(52);
    }

    @Test
    void repeatedExamplesComeInARowAsOtherDraws() {
        assertThat(Order.repeated(new int[] {3, 0, 2, 1}, 3)).containsExactly(3, 3 + 4, 3 + 8, 0);
        assertThat(Order.repeated(new int[] {3, 0, 2, 1}, 1)).containsExactly(3, 0, 2, 1);
        assertThat(Order.repeated(new int[] {3, 0, 2, 1}, 9)).containsExactly(3, 3 + 4, 3 + 8, 3 + 12);
    }

    @Test
    void repeatedBalancedDrawsAreStillDifferentOnes() {
        int[] draws = Order.balanced(7, 0, labels(10, 2, 3));
        int[] repeated = Order.repeated(draws, 3);
        assertThat(repeated).hasSize(15).doesNotHaveDuplicates();
        for (int k = 0; k < 15; k++) {
            assertThat(repeated[k] % 15).isEqualTo(draws[k / 3] % 15);
        }
    }

    @Test
    void repeatsOfATinyClassAmongManyImagesDoNotOverflow() {
        int[] repeated = Order.repeated(Order.balanced(1, 0, labels(59_999, 1)), 100);
        assertThat(IntStream.of(repeated)).allMatch(draw -> draw >= 0);
    }

    @Test
    void ordersAreKeyedBySeedAndEpoch() {
        int[] labels = labels(20, 3);
        int[] order = Order.balanced(1, 0, labels);
        assertThat(Order.balanced(1, 0, labels)).isEqualTo(order);
        assertThat(Order.balanced(1, 1, labels)).isNotEqualTo(order);
        assertThat(Order.balanced(2, 0, labels)).isNotEqualTo(order);
    }

    /** 60,000 images of which one is a class of its own: draws are whole numbers of 32 bits. */
    @Test
    void aTinyClassAmongManyImagesDoesNotOverflow() {
        int[] draws = Order.balanced(1, 0, labels(59_999, 1));
        assertThat(Arrays.stream(draws)).allMatch(draw -> draw >= 0);
        assertThat(Arrays.stream(draws).filter(draw -> Order.example(draw, 60_000) == 59_999))
                .hasSize(30_000);
    }
}
