package dev.inlay.serve;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Limits that make no sense. */
class ServingOptionsTest {
    @Test
    void everyValueOutOfRangeIsNamed() {
        assertThatThrownBy(() -> new ServingOptions(0, Duration.ofMillis(-1), -1, Duration.ZERO, 0, -1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("maxBatch", "maxWait", "queueCapacity", "timeout", "maxTasks", "maxApart");
        assertThatThrownBy(() -> new ServingOptions(8, Duration.ZERO, 7, Duration.ofSeconds(1), 1, 0))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("queueCapacity: expected at least 8, found 7");
    }
}
