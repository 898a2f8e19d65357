package dev.inlay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same variables as {@code huggingface_hub/constants.py}, with the same precedence. */
class HubSettingsTest {
    @TempDir
    private Path home;

    private final Map<String, String> environment = new HashMap<>();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                  | ~/.cache/huggingface/hub",
                "XDG_CACHE_HOME=/x                   | /x/huggingface/hub",
                "HF_HOME=/h XDG_CACHE_HOME=/x        | /h/hub",
                "HF_HOME=~/h                         | ~/h/hub",
                "HF_HOME=~                           | ~/hub",
                "HF_HOME=                            | ~/.cache/huggingface/hub",
                "HUGGINGFACE_HUB_CACHE=/c HF_HOME=/h | /c",
                "HF_HUB_CACHE=/d HUGGINGFACE_HUB_CACHE=/c | /d",
            })
    void theCacheIsFound(String variables, String cache) {
        set(variables);
        assertThat(settings().cache()).hasToString(cache.replace("~", home.toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                     | of-home",
                "HF_TOKEN=first HUGGING_FACE_HUB_TOKEN=second | first",
                "HUGGING_FACE_HUB_TOKEN=second          | second",
                "HF_TOKEN_PATH=~/other                  | of-other",
                "HF_HUB_DISABLE_IMPLICIT_TOKEN=1        | ",
                "HF_HUB_DISABLE_IMPLICIT_TOKEN=1 HF_TOKEN=first | first",
                "HF_HOME=~/nothing                      | ",
            })
    void theTokenIsFound(String variables, String token) throws IOException {
        Files.createDirectories(home.resolve(".cache/huggingface"));
        Files.writeString(home.resolve(".cache/huggingface/token"), "of-home\n");
        Files.writeString(home.resolve("other"), " of-other ");
        set(variables);
        assertThat(settings().token().map(Token::authorization).orElse(null))
                .isEqualTo(token == null ? null : "Bearer " + token);
    }

    @ParameterizedTest
    @CsvSource({
        "HF_HUB_OFFLINE=1, true",
        "HF_HUB_OFFLINE=on, true",
        "TRANSFORMERS_OFFLINE=Yes, true",
        "HF_HUB_OFFLINE=0, false",
        "HF_HUB_OFFLINE=, false",
    })
    void offlineIsAFlag(String variables, boolean offline) {
        set(variables);
        assertThat(settings().offline()).isEqualTo(offline);
    }

    @Test
    void theHubIsTheRealOneUnlessSaidOtherwise() {
        assertThat(settings().endpoint()).hasToString("https://huggingface.co");
        set("HF_ENDPOINT=https://mirror.example/hf//");
        assertThat(settings().endpoint()).hasToString("https://mirror.example/hf");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://me:hunter@hub.example",
                "ftp://hunter.example",
                "hunter",
                "https:hunter",
                "https://hub.example?hunter",
                "https://hub.example/hun ter",
            })
    void aBadEndpointIsRefusedAndNotShown(String endpoint) {
        environment.put("HF_ENDPOINT", endpoint);
        assertThatThrownBy(this::settings)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("HF_ENDPOINT")
                .hasMessageNotContaining("hun")
                .hasNoCause();
    }

    @Test
    void aTokenIsNeverShown() {
        environment.put("HF_TOKEN", "hf_secret");
        assertThat(settings().toString()).doesNotContain("secret");
        environment.put("HF_TOKEN", "hf_secret\nX-Other: 1");
        assertThatThrownBy(this::settings)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("HF_TOKEN")
                .hasMessageNotContaining("secret");
    }

    @Test
    void aTokenThatCannotBeReadIsSaid() throws IOException {
        Path folder = Files.createDirectory(home.resolve("folder"));
        environment.put("HF_TOKEN_PATH", folder.toString());
        assertThatThrownBy(this::settings)
                .isInstanceOf(InlayException.class)
                .hasMessageContaining("cannot read the token in " + folder);
    }

    private void set(String variables) {
        for (String variable : variables.split(" ")) {
            int equals = variable.indexOf('=');
            if (equals > 0) {
                environment.put(variable.substring(0, equals), variable.substring(equals + 1));
            }
        }
    }

    private HubSettings settings() {
        return HubSettings.of(environment, home);
    }
}
