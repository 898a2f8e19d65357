package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which first block is chosen. */
class FirstBlockRecordTest {
    /** Blocks 0, 3, 6 … with so many right of {@code examples}. */
    private static FirstBlockRecord record(int examples, int... right) {
        List<FirstBlockTrial> trials = new ArrayList<>();
        for (int i = 0; i < right.length; i++) {
            trials.add(new FirstBlockTrial(3 * i, (double) right[i] / examples, 10 - i, false));
        }
        return FirstBlockRecord.of(trials, examples);
    }

    @Test
    void isTheLastWithinAStandardErrorOfTheBest() {
        // √(0.9 · 0.1 / 200) = 0.0212: 4.2 of 200 images
        assertThat(record(200, 180, 179, 176, 150).tolerance()).isCloseTo(0.021213, within(1e-6));
        assertThat(record(200, 180, 179, 176, 150).block()).isEqualTo(6);
        assertThat(record(200, 180, 179, 175, 150).block()).isEqualTo(3);
    }

    @Test
    void aDipInTheMiddleDoesNotMatter() {
        assertThat(record(200, 180, 100, 178).block()).isEqualTo(6);
    }

    @Test
    void theBestNeedNotBeTheFirst() {
        assertThat(record(200, 150, 180, 170).block()).isEqualTo(3);
    }

    @Test
    void oneImageIsAlwaysNoise() {
        assertThat(record(200, 200, 199, 198).tolerance()).isEqualTo(1.0 / 200);
        for (int examples = 1; examples < 300; examples++) {
            assertThat(record(examples, examples, examples - 1).block()).isEqualTo(3);
        }
    }

    @Test
    void oneIsChosenAndTheRestIsAsItWas() {
        FirstBlockRecord record = record(200, 180, 179, 100);
        assertThat(record.tried())
                .containsExactly(
                        new FirstBlockTrial(0, 0.9, 10, false),
                        new FirstBlockTrial(3, 0.895, 9, true),
                        new FirstBlockTrial(6, 0.5, 8, false));
    }
}
