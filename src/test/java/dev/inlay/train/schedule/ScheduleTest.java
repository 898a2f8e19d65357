package dev.inlay.train.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.error.ConfigException;
import dev.inlay.train.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final JsonNode GOLDEN = Golden.json("optim/schedules.json");

    @ParameterizedTest
    @ValueSource(strings = {"spt_100", "spt_30", "spt_5"})
    void sptMatchesTheSeedsRates(String run) {
        JsonNode golden = GOLDEN.required(run);
        Schedule schedule = new SptSchedule(
                golden.get("lr").asDouble(),
                golden.get("min_lr").asDouble(),
                golden.get("epochs").asInt(),
                golden.get("warmup_epochs").asInt(),
                golden.get("warmup_lr").asDouble());
        assertUsed(schedule, golden);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vpt_100_10", "vpt_100_5", "vpt_50_10"})
    void vptMatchesTheSeedsRates(String run) {
        JsonNode golden = GOLDEN.required(run);
        Schedule schedule = new VptSchedule(
                golden.get("lr").asDouble(),
                golden.get("epochs").asInt(),
                golden.get("warmup_epochs").asInt());
        assertUsed(schedule, golden);
    }

    private static void assertUsed(Schedule schedule, JsonNode golden) {
        JsonNode used = golden.required("used_in_epoch");
        assertThat(used.size()).isEqualTo(golden.get("epochs").asInt());
        for (int epoch = 0; epoch < used.size(); epoch++) {
            double expected = used.get(epoch).asDouble();
            assertThat(schedule.learningRate(epoch, 0, 16)).isCloseTo(expected, within(1e-14 + 1e-12 * expected));
            assertThat(schedule.learningRate(epoch, 15, 16)).isEqualTo(schedule.learningRate(epoch, 0, 16));
        }
    }

    @Test
    void sptNeverReachesThePeak() {
        Schedule schedule = new SptSchedule(1e-3, 1e-5, 100, 10, 1e-6);
        assertThat(schedule.learningRate(1, 0, 16)).isEqualTo(1e-6);
        assertThat(schedule.learningRate(2, 0, 16)).isCloseTo(1.009e-4, within(1e-12));
        assertThat(schedule.learningRate(11, 0, 16)).isCloseTo(9.75773e-4, within(5e-10));
        assertThat(schedule.learningRate(50, 0, 16)).isCloseTo(5.205e-4, within(5e-8));
        assertThat(schedule.learningRate(99, 0, 16)).isCloseTo(1.0977e-5, within(5e-10));
    }

    @Test
    void cosinePerStepWarmsUpPeaksAndEndsAtTheMinimum() {
        Schedule schedule = new CosineSchedule(1.0, 0.2, 6, 2, 0.1, Advance.PER_STEP);
        assertThat(schedule.learningRate(0, 0, 4)).isEqualTo(0.1);
        assertThat(schedule.learningRate(0, 2, 4)).isCloseTo(0.325, within(1e-12));
        assertThat(schedule.learningRate(1, 3, 4)).isCloseTo(0.8875, within(1e-12));
        assertThat(schedule.learningRate(2, 0, 4)).isEqualTo(1.0);
        assertThat(schedule.learningRate(4, 0, 4)).isCloseTo(0.6, within(1e-12));
        // one of 16 cosine steps from the end: 0.2 + 0.4 (1 + cos(15 pi / 16))
        assertThat(schedule.learningRate(5, 3, 4)).isCloseTo(0.20768589, within(1e-8));
    }

    @Test
    void cosinePerEpochStandsStillWithinAnEpoch() {
        Schedule schedule = new CosineSchedule(1.0, 0.0, 4, 0, 0.0, Advance.PER_EPOCH);
        assertThat(schedule.learningRate(0, 9, 10)).isEqualTo(1.0);
        assertThat(schedule.learningRate(1, 0, 10)).isCloseTo(0.8535533905932737, within(1e-15));
        assertThat(schedule.learningRate(1, 9, 10)).isEqualTo(schedule.learningRate(1, 0, 10));
        assertThat(schedule.learningRate(3, 0, 10)).isCloseTo(0.14644660940672627, within(1e-15));
    }

    @Test
    void warmupMayFillTheWholeRun() {
        Schedule schedule = new CosineSchedule(1.0, 0.0, 2, 2, 0.0, Advance.PER_STEP);
        assertThat(schedule.learningRate(1, 1, 2)).isEqualTo(0.75);
    }

    @Test
    void constantIsConstant() {
        Schedule schedule = new ConstantSchedule(0.01);
        assertThat(schedule.learningRate(0, 0, 3)).isEqualTo(0.01);
        assertThat(schedule.learningRate(77, 2, 3)).isEqualTo(0.01);
    }

    @Test
    void refusesNumbersOutOfRangeByName() {
        assertThatThrownBy(() -> new ConstantSchedule(Double.NaN))
                .isInstanceOf(ConfigException.class)
                .hasMessage("learningRate: expected a finite number above 0, found NaN");
        assertThatThrownBy(() -> new CosineSchedule(1, 2, 5, 0, 0, Advance.PER_STEP))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("minLearningRate: expected 0 to learningRate (1.0), found 2.0");
        assertThatThrownBy(() -> new CosineSchedule(1, 0, 5, 6, 0, Advance.PER_STEP))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("warmupEpochs: expected 0 to epochs (5), found 6");
        assertThatThrownBy(() -> new SptSchedule(1, 0, 0, 10, 0))
                .isInstanceOf(ConfigException.class)
                .hasMessage("epochs: expected at least 1, found 0");
        assertThatThrownBy(() -> new VptSchedule(1, 5, -1)).isInstanceOf(ConfigException.class);
    }

    @Test
    void refusesStepsOutsideTheRun() {
        Schedule schedule = new CosineSchedule(1, 0, 5, 0, 0, Advance.PER_STEP);
        assertThatThrownBy(() -> schedule.learningRate(5, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> schedule.learningRate(0, 4, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> schedule.learningRate(-1, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
