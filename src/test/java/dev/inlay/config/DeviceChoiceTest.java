package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.serve.http.ServeConfig;
import dev.inlay.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {
    private static RunConfig run(String yaml) {
        return RunConfig.parse(yaml, Path.of("/configs"), List.of());
    }

    @Test
    void wordsAreDevices() {
        assertThat(run("{}").device()).isEqualTo(DeviceChoice.AUTO);
        assertThat(run("device: auto").device()).isEqualTo(DeviceChoice.AUTO);
        assertThat(run("device: cpu").device().device()).isEqualTo(Optional.of(Device.CPU));
        assertThat(run("device: cuda").device().device()).isEqualTo(Optional.of(Device.cuda(0)));
        assertThat(run("device: cuda:1").device().device()).isEqualTo(Optional.of(Device.cuda(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu", "cuda:", "cuda:-1", "cuda:100", "CPU", "cuda:01"})
    void otherWordsAreRefused(String word) {
        assertThatThrownBy(() -> run("device: '" + word + "'"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll("device", "auto, cpu, cuda or cuda:N", word);
    }

    @Test
    void aServiceChoosesAlike() {
        assertThat(ServeConfig.of(List.of("tasks=tasks", "device=cuda:2"))
                        .device()
                        .device())
                .isEqualTo(Optional.of(Device.cuda(2)));
        assertThat(ServeConfig.of(List.of("tasks=tasks")).device()).isEqualTo(DeviceChoice.AUTO);
    }

    @Test
    void autoIsTheFastest() {
        assertThat(DeviceChoice.AUTO.resolved()).isEqualTo(Device.fastest());
    }
}
