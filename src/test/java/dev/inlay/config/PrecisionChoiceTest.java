package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.serve.http.ServeConfig;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrecisionChoiceTest {
    private static final PrecisionChoice BF16 = new PrecisionChoice(Optional.of(Precision.BF16));
    private static final PrecisionChoice AUTO = new PrecisionChoice(Optional.empty());

    private static RunConfig run(String yaml) {
        return RunConfig.parse(yaml, Path.of("."), List.of());
    }

    @Test
    void allStagesFollowOneKey() {
        assertThat(run("{}").precision()).isEqualTo(PrecisionChoice.FLOAT32);
        assertThat(run("{}").train().precision()).isEqualTo(PrecisionChoice.FLOAT32);
        assertThat(run("precision: bf16").precision()).isEqualTo(BF16);
        assertThat(run("precision: bf16").train().precision()).isEqualTo(BF16);
        assertThat(run("precision: auto").train().precision()).isEqualTo(AUTO);
    }

    @Test
    void trainingMayHaveItsOwn() {
        RunConfig config = run("{precision: auto, train: {precision: float32}}");
        assertThat(config.precision()).isEqualTo(AUTO);
        assertThat(config.train().precision()).isEqualTo(PrecisionChoice.FLOAT32);
        assertThat(run("train: {precision: bf16}").precision()).isEqualTo(PrecisionChoice.FLOAT32);
    }

    @Test
    void aServiceHasTheKeyToo() {
        assertThat(ServeConfig.of(List.of("tasks=tasks")).precision()).isEqualTo(PrecisionChoice.FLOAT32);
        assertThat(ServeConfig.of(List.of("tasks=tasks", "precision=bf16")).precision())
                .isEqualTo(BF16);
    }

    @Test
    void otherWordsAreRefused() {
        assertThatThrownBy(() -> run("precision: fp16"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("precision")
                .hasMessageContaining("float32, bf16, auto");
        assertThatThrownBy(() -> PrecisionChoice.of("half"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("float32, bf16, auto")
                .hasMessageContaining("half");
        assertThat(PrecisionChoice.of("auto")).isEqualTo(AUTO);
    }

    /** On either kind of CPU: bf16 is what was asked for or refused, and auto never is. */
    @Test
    void bf16IsRefusedWhereItIsSlower() {
        assertThat(PrecisionChoice.FLOAT32.on(Device.CPU)).isEqualTo(Precision.FLOAT32);
        if (Precision.BF16.isNative(Device.CPU)) {
            assertThat(BF16.on(Device.CPU)).isEqualTo(Precision.BF16);
            assertThat(AUTO.on(Device.CPU)).isEqualTo(Precision.BF16);
        } else {
            assertThatThrownBy(() -> BF16.on(Device.CPU))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("avx512_bf16");
            assertThat(AUTO.on(Device.CPU)).isEqualTo(Precision.FLOAT32);
        }
    }
}
