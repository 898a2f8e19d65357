package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts in configs and task files. */
class PromptMethodTest {
    @Test
    void aConfigStatesThem() {
        assertThat(spec("{type: prompt}"))
                .isEqualTo(new Prompt(Depth.DEEP, 10, 0, 0, false, List.of(), Pool.CLASS_TOKEN));
        assertThat(spec("{type: prompt, depth: shallow, tokens: 50, dropout: 0.1, project: 32}"))
                .isEqualTo(new Prompt(Depth.SHALLOW, 50, 0.1, 32, false, List.of(), Pool.CLASS_TOKEN));
        assertThat(spec("{type: prompt, depth: deep, shared: true, blocks: [0, -1], pool: patchesAndPrompts}"))
                .isEqualTo(new Prompt(Depth.DEEP, 10, 0, 0, true, List.of(0, -1), Pool.PATCHES_AND_PROMPTS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"depth: middle", "tokens: 0", "dropout: 1", "project: -1", "shared: 3", "pool: mean", "p: 1"})
    void aConfigThatMakesNoSenseIsRefusedByKey(String setting) {
        String key = "method." + setting.substring(0, setting.indexOf(':'));
        assertThatThrownBy(() -> spec("{type: prompt, " + setting + "}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key);
    }

    @Test
    void aTaskFileKeepsThem() {
        Prompt prompt = new Prompt(Depth.DEEP, 7, 0.25, 16, true, List.of(-1, 2), Pool.PROMPTS);
        TuningMethod method = TuningMethod.named("prompt");
        StoredSpec stored = method.store(prompt);
        assertThat(stored.json().toString())
                .isEqualTo("{\"depth\":\"deep\",\"tokens\":7,\"dropout\":0.25,\"project\":16,\"shared\":true,"
                        + "\"blocks\":[-1,2],\"pool\":\"prompts\"}");
        assertThat(method.restore(stored, "task")).isEqualTo(prompt);
    }

    private static TuningSpec spec(String method) {
        RunConfig config = RunConfig.parse("method: " + method, Path.of("/configs"), List.of());
        return ((MethodConfig.Stated) config.method()).spec();
    }
}
