package dev.inlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.record.Accuracy;
import dev.inlay.record.TrainableParameters;
import dev.inlay.task.Prediction;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.ConfigurableMethod;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Sum;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TuneTest {
    @Test
    void givesTheConfigThatYamlGives() {
        RunConfig yaml = RunConfig.parse(
                """
                backbone: {name: deit_tiny_patch16_224, file: model.safetensors}
                data: {type: folder, root: photos, split: {test: 0.3}}
                method: {type: lora, rank: 4}
                train: {epochs: 5, learningRate: 0.002}
                """,
                Path.of("").toAbsolutePath(),
                List.of());
        RunConfig java = Tune.on(Path.of("model.safetensors"), "deit_tiny_patch16_224")
                .photos(Path.of("photos"))
                .set("data.split", Map.of("test", 0.3))
                .with(Lora.rank(4))
                .set("train.epochs", 5)
                .set("train.learningRate", 2e-3)
                .config();
        assertThat(java).isEqualTo(yaml);
    }

    @Test
    void takesEveryMethodThatAConfigCanName() {
        assertThat(ConfigurableMethod.all()).hasSizeGreaterThan(10).allSatisfy(method -> {
            String keys = method.name().equals(Sum.METHOD) ? ", of: [{type: lora, rank: 3}, {type: bias}]" : "";
            RunConfig yaml = RunConfig.parse("method: {type: " + method.name() + keys + "}", Path.of(""), List.of());
            TuningSpec spec = ((MethodConfig.Stated) yaml.method()).spec();
            assertThat(Tune.onBuiltin().with(spec).config().method()).isEqualTo(yaml.method());
        });
    }

    @Test
    void aCallChangesNoEarlierConfig() {
        Tune first = Tune.onBuiltin();
        String before = first.toString();
        Tune second = first.set("train.epochs", 3).with(new HeadOnly());
        assertThat(first).hasToString(before);
        assertThat(second.set("method.type", "spt").config().method()).isInstanceOf(MethodConfig.Spt.class);
        assertThat(Tune.on(Path.of("w.safetensors")).config().backbone().file())
                .contains(Path.of("w.safetensors").toAbsolutePath());
    }

    @Test
    void saysWhatIsWrongAsYamlDoes() {
        assertThatThrownBy(() -> Tune.onBuiltin().set("train.epochs", 0).config())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("train.epochs")
                .hasMessageContaining("found 0");
        assertThatThrownBy(() -> Tune.onBuiltin().set("train.epoch", 1).config())
                .hasMessageContaining("did you mean");
    }

    @Test
    void whatPeoplePrintIsReadable() {
        assertThat(new Accuracy(0.725, 1, 0.7, 0.9, 40)).hasToString("72.5 % of 40 images");
        assertThat(TrainableParameters.ofParts(1930, 0, 27622, 0, 0, 0)).hasToString("27,622 and a head of 1,930");
        assertThat(new Prediction("tulip.jpg", List.of("rose", "tulip"), new float[] {0, 2}))
                .hasToString("tulip.jpg: tulip (88.1 %)");
    }
}
