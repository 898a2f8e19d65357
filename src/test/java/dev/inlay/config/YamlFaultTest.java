package dev.inlay.config;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.serve.http.ServeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every reader of configs says where a text stops being YAML, why, and what to do. */
class YamlFaultTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "train:\\n\\tepochs: 3 | line 2, column 1: not valid YAML: a tab stands where only spaces may",
                "name: t\\ndata: {root: ${HOME}/base} | line 2, column 15: not valid YAML: expected , or } behind the { of"
                        + " line 2, column 7, found {; variables such as ${HOME} are not replaced",
                "data: {root: a{b} | line 1, column 15: not valid YAML: expected , or } behind the {",
                "name: \"abc\\ndata: {} | line 1, column 7: not valid YAML: the quotes that open here are never closed",
                "name: 'abc\\ndata: {} | line 1, column 7: not valid YAML: the quotes that open here are never closed",
                "train: [1, 2 | line 1, column 13: not valid YAML: expected , or ] behind the [ of line 1, column 8, found"
                        + " the end of the file",
                "name: a\\nseed: 1\\nname: b | line 3, column 5: not valid YAML: the key 'name' is there twice",
                "name: a\\n---\\nname: b | holds more than one YAML document; keep one",
                "a: &a [x, x]\\nb: [*a, *a] | line 2, column 7: not valid YAML: aliases (*a) are not supported",
                "name: !!int x | not valid YAML: tags (tag:yaml.org,2002:int) are not supported",
                "name: @x | line 1, column 7: not valid YAML: nothing may begin with @; put the value in quotes",
                "name: a\\n  seed: 3 | line 2, column 7: not valid YAML: a colon stands where no key can",
                "train:\\n  epochs: 3\\n seed: 2 | line 3, column 2: not valid YAML: the indentation fits nothing above",
                "name: \"C:\\\\data\" | line 1, column 11: not valid YAML: found unknown escape character d",
                "name: a\\7 | line 1: not valid YAML: the character U+0007 may not stand in it",
                "<<<<<<< HEAD\\nname: a\\n=======\\nname: b | not valid YAML: it holds the conflict markers of a merge",
                "? [a]\\n: c | line 1, column 4: not valid YAML: a key is to be plain text",
                "- a\\n- b | expected a mapping of keys to values, found a list",
                "only words | expected a mapping of keys to values, found only words",
            })
    void namesPlaceAndReason(String yaml, String message) throws Exception {
        Path file = Files.writeString(folder.resolve("run.yaml"), yaml.translateEscapes());
        for (Reader reader : List.<Reader>of(
                RunConfig::read,
                ExperimentConfig::comparison,
                ServeConfig::read,
                PretrainConfig::read,
                (path, overrides) -> ExperimentConfig.suite(path, folder, overrides))) {
            assertThatThrownBy(() -> reader.read(file, List.of()))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith(file + ": ")
                    .hasMessageContaining(message.strip())
                    .message()
                    .hasLineCount(1);
        }
    }

    private interface Reader {
        Object read(Path file, List<String> overrides);
    }

    @Test
    void anEmptyFileIsNoConfig() throws Exception {
        Path file = Files.writeString(folder.resolve("run.yaml"), "\ufeff\n\n");
        assertThatThrownBy(() -> RunConfig.read(file, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage("config file " + file + " is empty; docs/config.md has every key");
    }

    @Test
    void aByteOrderMarkMovesNoLine() throws Exception {
        Path file = Files.writeString(folder.resolve("run.yaml"), "\ufefftrain:\r\n  epoch: 1\r\n");
        assertThatThrownBy(() -> RunConfig.read(file, List.of()))
                .hasMessageContaining("train.epoch (line 2): unknown key; did you mean train.epochs?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lr=3 | lr (override): unknown key; did you mean train.learningRate?",
                "epochs=3 | epochs (override): unknown key; did you mean train.epochs?",
                "train.lr=3 | did you mean train.learningRate?",
                "data.task=shpae | data.task (override): expected one of shape, texture, ",
                "data.task=shpae | found shpae; did you mean shape?",
                "method.train=3 | method.train (override): unknown key; did you mean data.train?",
                "recipe=vpd | expected one of none, spt, vpt, found vpd; did you mean vpt?",
                "train.schedule=cosin | did you mean cosine?",
                "train.optimizer=AdamW | did you mean adamw?",
                "method.type=lroa | found lroa; did you mean lora or dora?",
                "method.module=adaptor | did you mean adapter?",
                "backbone.name=bultin | did you mean builtin?",
                "backbone.name=vit_tiny_patch16 | did you mean vit_tiny_patch16_224",
                "data.type=fodler | did you mean folder?",
                "method.exceptions={attn.q: sff} | did you mean ssf?",
            })
    void misspeltNamesAreAnsweredWithTheNearest(String override, String message) {
        assertThatThrownBy(() -> RunConfig.read(Path.of("configs/run/quickstart.yaml"), List.of(override)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anUnknownBackboneIsTheOnlyProblemOfItsSection() {
        assertThatThrownBy(() -> RunConfig.read(
                        Path.of("configs/run/quickstart.yaml"), List.of("backbone.name=nothing_like_it")))
                .hasMessageContaining("1 problem\n")
                .hasMessageContaining("docs/backbones.md lists them");
    }
}
