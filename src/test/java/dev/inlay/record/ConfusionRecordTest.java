package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ConfusionRecordTest {
    @Test
    void precisionRecallAndF1FollowFromTheCounts() {
        ConfusionRecord confusion = ConfusionRecord.of(
                List.of("cat", "dog", "absent", "never predicted"),
                new long[][] {{6, 2, 0, 0}, {1, 3, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}});
        assertThat(confusion.report().perClass())
                .containsExactly(
                        new ClassQuality("cat", 8, 6 / 8.0, 6 / 8.0, 12 / 16.0),
                        new ClassQuality("dog", 4, 3 / 5.0, 3 / 4.0, 6 / 9.0),
                        new ClassQuality("never predicted", 1, 0, 0, 0));
    }

    /** The example of scikit-learn's documentation of classification_report: classes 0, 1, 2, 2, 2 predicted as 0, 0, 2, 2, 1. */
    @Test
    void averagesAreThoseOfScikitLearn() {
        ClassificationReport report = ConfusionRecord.of(
                        List.of("class 0", "class 1", "class 2"), new long[][] {{1, 0, 0}, {1, 0, 0}, {0, 1, 2}})
                .report();
        assertThat(report.perClass())
                .containsExactly(
                        new ClassQuality("class 0", 1, 0.5, 1, 2 / 3.0),
                        new ClassQuality("class 1", 1, 0, 0, 0),
                        new ClassQuality("class 2", 3, 1, 2 / 3.0, 4 / 5.0));
        assertThat(rounded(report.macro())).isEqualTo("5: 0.50 0.56 0.49");
        assertThat(rounded(report.weighted())).isEqualTo("5: 0.70 0.60 0.61");
    }

    private static String rounded(ClassQuality average) {
        return String.format(
                Locale.ROOT,
                "%d: %.2f %.2f %.2f",
                average.support(),
                average.precision(),
                average.recall(),
                average.f1());
    }

    @Test
    void intervalIsWilsons() {
        Interval half = new Accuracy(0.5, 1, 0.5, 1, 200).top1Interval();
        assertThat(half.low()).isCloseTo(0.4314, within(1e-4));
        assertThat(half.high()).isCloseTo(0.5686, within(1e-4));
        Interval all = new Accuracy(1, 1, 1, 0, 10).top1Interval();
        assertThat(all.low()).isCloseTo(0.7225, within(1e-4));
        assertThat(all.high()).isCloseTo(1, within(1e-12));
        assertThat(Interval.wilson(0, 0)).isEqualTo(new Interval(0, 1));
    }
}
