package dev.inlay.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {
    private long now;

    @Test
    void thereIsNoEstimateWithoutABasis() {
        Pace pace = new Pace(1000, () -> now);
        assertThat(pace.nanosLeft()).isEmpty();
        pace.at(0);
        seconds(600);
        assertThat(pace.nanosLeft()).isEmpty();
        pace.at(10);
        assertThat(pace.nanosLeft())
                .as("one percent after ten minutes of loading")
                .isEmpty();
    }

    @Test
    void theSlowBeginningIsForgotten() {
        Pace pace = new Pace(1000, () -> now);
        pace.at(0);
        seconds(60);
        pace.at(1);
        for (int done = 2; done <= 121; done++) {
            seconds(1);
            pace.at(done);
        }
        assertThat(left(pace)).isCloseTo(879, within(1.0));
    }

    @Test
    void whatAnEarlierProcessDidTookNoTime() {
        Pace pace = new Pace(1000, () -> now);
        pace.at(900);
        for (int done = 901; done <= 910; done++) {
            seconds(2);
            pace.at(done);
        }
        assertThat(left(pace)).isCloseTo(180, within(20.0));
    }

    @Test
    void aStallMakesTheEstimateGrow() {
        Pace pace = new Pace(100, () -> now);
        for (int done = 0; done <= 50; done++) {
            pace.at(done);
            seconds(1);
        }
        double before = left(pace);
        seconds(100);
        assertThat(left(pace)).isGreaterThan(2 * before);
    }

    @Test
    void veryLongWorkIsEstimatedAfterAWhile() {
        Pace pace = new Pace(1_000_000, () -> now);
        for (int done = 0; done < 4000; done++) {
            pace.at(done);
            seconds(1);
        }
        assertThat(left(pace)).isCloseTo(996_000, within(5000.0));
    }

    private static double left(Pace pace) {
        OptionalLong nanos = pace.nanosLeft();
        assertThat(nanos).isPresent();
        return nanos.getAsLong() * 1e-9;
    }

    private void seconds(long seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }
}
