package dev.inlay.serve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.config.BackboneConfig;
import dev.inlay.config.Section;
import dev.inlay.data.image.ImageLimits;
import dev.inlay.error.ConfigException;
import dev.inlay.serve.ServingOptions;
import dev.inlay.serve.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The config of {@code inlay serve}, and its page. */
class ServeConfigTest {
    @Test
    void withoutAnythingButAFolderTheDefaultsHold() {
        ServeConfig config = ServeConfig.of(List.of("tasks=t"));
        assertThat(config.backbone().orElseThrow().name()).isEqualTo(BackboneConfig.BUILTIN);
        assertThat(config.tasks()).isEqualTo(Path.of("t").toAbsolutePath());
        assertThat(config.serving()).isEqualTo(ServingOptions.DEFAULT);
        assertThat(config.http()).isEqualTo(HttpOptions.DEFAULT);
        assertThat(config.training()).contains(TrainingOptions.DEFAULT);
        assertThat(ServeConfig.of(List.of("tasks=t", "training.enabled=false")).training())
                .isEmpty();
    }

    @Test
    void weightsAloneAreOfTheBackboneThatTheTasksName() {
        ServeConfig config = ServeConfig.of(List.of("tasks=t", "backbone.file=w.safetensors"));
        assertThat(config.backbone()).isEmpty();
        assertThat(config.weights()).contains(Path.of("w.safetensors").toAbsolutePath());
        assertThatThrownBy(() ->
                        ServeConfig.of(List.of("tasks=t", "backbone.file=w.safetensors", "backbone.imageSize=64")))
                .hasMessageContaining("backbone.imageSize (override): goes with backbone.name");
    }

    @Test
    void allProblemsAreSaidAtOnce() {
        assertThatThrownBy(() -> ServeConfig.of(List.of(
                        "http.port=70000",
                        "http.maxBodyMegabytes=100",
                        "serving.maxBatch=64",
                        "serving.queueCapacity=32",
                        "htp.host=x")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.port")
                .hasMessageContaining("bodyMemoryMegabytes")
                .hasMessageContaining("queueCapacity")
                .hasMessageContaining("did you mean http?")
                .hasMessageContaining("tasks: missing");
    }

    @Test
    void limitsOfImagesAreThoseOfDataImage() {
        ServeConfig config = ServeConfig.of(List.of("tasks=t", "data.image.maxPixels=9", "data.image.maxScans=3"));
        ImageLimits limits = new ImageLimits(9, 512 << 20, 3, 100_000);
        assertThat(config.http().images()).isEqualTo(limits);
        assertThat(config.training().orElseThrow().images()).isEqualTo(limits);
        assertThatThrownBy(() -> ServeConfig.of(List.of("tasks=t", "http.maxPixels=9")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("http.maxPixels (override): is called data.image.maxPixels now");
    }

    @Test
    void theSampleIsAConfig() {
        assertThat(ServeConfig.read(Path.of("configs/serve/serve.yaml"), List.of())
                        .tasks())
                .isEqualTo(Path.of("runs").toAbsolutePath());
    }

    @Test
    void everyKeyAndItsDefaultIsDocumented() throws IOException {
        Section root = Section.parse("tasks: t", "config", Path.of("/"), List.of());
        ServeConfig.read(root);
        Set<String> expected = new TreeSet<>();
        for (String section : List.of("serving", "training", "http", "log", "data.image")) {
            for (var field : root.settings().at("/" + section.replace('.', '/')).properties()) {
                JsonNode value = field.getValue();
                expected.add(section + "." + field.getKey() + "=" + value.asText());
            }
        }
        Matcher rows = Pattern.compile(
                        "(?m)^\\| `((?:serving|training|http|log|data\\.image)\\.\\w+)` \\| `([^`]+)` \\|")
                .matcher(Files.readString(Path.of("docs/http.md")));
        Set<String> documented = new TreeSet<>();
        while (rows.find()) {
            documented.add(rows.group(1) + "=" + rows.group(2));
        }
        assertThat(documented).isEqualTo(expected);
        assertThat(Files.readString(Path.of("docs/http.md"))).contains("`http.tokenFile`", "`rescanSeconds`");
    }
}
