package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairedTestTest {
    /** Computed in exact fractions. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 1",
        "1, 0, 1",
        "5, 5, 1",
        "0, 7, 0.015625",
        "10, 2, 0.03857421875",
        "15, 1, 0.000518798828125",
        "600, 500, 0.0028195449914364275",
        "3000, 2500, 1.6615256105422594e-11",
    })
    void isTheExactTwoSidedBinomialTestAndSymmetric(long task, long baseline, double p) {
        PairedTest paired = PairedTest.of(task, baseline);
        assertThat(paired.p()).isCloseTo(p, within(1e-9 * p));
        assertThat(paired.onlyTask()).isEqualTo(task);
        assertThat(paired.onlyBaseline()).isEqualTo(baseline);
        assertThat(PairedTest.of(baseline, task).p()).isEqualTo(paired.p());
    }
}
