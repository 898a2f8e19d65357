package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionRecordTest {
    @Test
    void precisionRecallAndF1FollowFromTheCounts() {
        ConfusionRecord confusion = ConfusionRecord.of(
                List.of("cat", "dog", "absent", "never predicted"),
                new long[][] {{6, 2, 0, 0}, {1, 3, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}});
        assertThat(confusion.perClass())
                .containsExactly(
                        new ClassQuality("cat", 8, 6 / 8.0, 6 / 8.0, 12 / 16.0),
                        new ClassQuality("dog", 4, 3 / 5.0, 3 / 4.0, 6 / 9.0),
                        new ClassQuality("absent", 0, null, null, null),
                        new ClassQuality("never predicted", 1, null, 0.0, 0.0));
    }
}
