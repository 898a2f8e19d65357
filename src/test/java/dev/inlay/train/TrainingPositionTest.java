package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.train.EpochEvaluation.Top1;
import dev.inlay.train.TrainingPosition.Best;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPositionTest {
    @ParameterizedTest
    @CsvSource({
        "0.9, 0.5,  0.95, 0.7, true",
        "0.9, 0.5,  0.9,  0.4, true",
        "0.9, 0.5,  0.9,  0.5, false",
        "0.9, 0.5,  0.9,  0.6, false",
        "0.9, 0.5,  0.85, 0.1, false",
        "0.9, ,     0.9,  0.1, false",
        "0.9, ,     0.95, 0.1, true",
    })
    void epochsOfEqualTop1AreToldApartByTheirLoss(
            double best, Double bestLoss, double other, double otherLoss, boolean worse) {
        assertThat(new Best(3, best, bestLoss).isWorseThan(new Top1(other, otherLoss, null)))
                .isEqualTo(worse);
    }
}
