package dev.inlay.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.record.Accuracy;
import dev.inlay.record.CalibrationRecord;
import dev.inlay.record.ConfusionRecord;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTextTest {
    @Test
    void hasTheAccuraciesAndALinePerClass() {
        ConfusionRecord confusion = ConfusionRecord.of(
                List.of("cat", "a class whose name is longer than a line of a terminal", "dog"),
                new long[][] {{3, 0, 1}, {2, 0, 0}, {0, 0, 2}});
        assertThat(EvaluationText.of(
                        "pets, test split",
                        new Accuracy(0.625, 1, 0.58333, 0.71, 8),
                        new CalibrationRecord(1.368, 0.031, 0.05, List.of()),
                        confusion))
                .isEqualToNormalizingNewlines(
                        """
                        pets, test split: 8 images of 3 classes

                        top-1 accuracy    62.5 %   (95 % interval 30.6 to 86.3 %)
                        top-5 accuracy   100.0 %
                        mean per class    58.3 %
                        cross-entropy      0.71
                        ECE, 15 bins       3.1 %   (temperature 1.37; 5.0 % without)

                        class                                  images   precision, %   recall, %   F1, %
                        cat                                         4           60.0        75.0    66.7
                        a class whose name…ine of a terminal        2            0.0         0.0     0.0
                        dog                                         2           66.7       100.0    80.0

                        macro average                               8           42.2        58.3    48.9
                        weighted average                            8           46.7        62.5    53.3
                        """);
    }
}
