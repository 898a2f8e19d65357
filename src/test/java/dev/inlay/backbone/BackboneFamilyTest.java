package dev.inlay.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.config.BackboneConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.inputs.Backbones;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every family of backbones holds to, and what specs are as JSON. */
class BackboneFamilyTest {
    private static final String VIT =
            "\"height\":16,\"width\":24,\"patch\":8,\"dim\":12,\"depth\":2,\"heads\":3,\"hidden\":24,\"eps\":1.0E-6}";

    static Iterable<String> published() {
        return BackboneFamily.published().keySet();
    }

    @ParameterizedTest
    @MethodSource("published")
    void aPublishedSpecIsTheSameAfterJson(String name) {
        BackboneSpec spec = BackboneFamily.published().get(name);
        assertThat(SpecJson.parse(spec.toJson(), name)).isEqualTo(spec);
        assertThat(BackboneFamily.of(spec).variants().get(name)).isEqualTo(spec);
    }

    @Test
    void aPublishedNameBelongsToOneFamily() {
        Map<String, String> owners = new HashMap<>();
        BackboneFamily.all().forEach((family, found) -> found.variants()
                .keySet()
                .forEach(name -> assertThat(owners.put(name, family)).as(name).isNull()));
    }

    @Test
    void aSpecWithoutAFamilyIsAVits() {
        BackboneSpec spec = SpecJson.parse("{" + VIT, "test");
        assertThat(spec.family()).isEqualTo("vit");
        assertThat(SpecJson.parse("{\"family\":\"vit\"," + VIT, "test")).isEqualTo(spec);
        assertThat(spec.toJson()).isEqualTo("{" + VIT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vit_tiny_patch16_225 | did you mean vit_tiny_patch16_224, deit_tiny_patch16_224 or vit_tiny_patch16_384?",
                "resnet50 | docs/backbones.md lists them",
            })
    void anUnknownVariantIsRefusedWithTheOneThatWasMeant(String name, String help) {
        String told = "no published backbone is called " + name + "; " + help;
        assertThatThrownBy(() -> BackboneFamily.published(name))
                .isInstanceOf(ConfigException.class)
                .hasMessage(told);
        BackboneConfig asked = new BackboneConfig(name, Optional.empty(), Optional.empty(), true, 0);
        assertThatThrownBy(() -> Backbones.load(asked, 0))
                .isInstanceOf(ConfigException.class)
                .hasMessage(told);
    }

    @Test
    void aFileThatIsNoJsonIsToldAsSuchWhoeverReadsIt(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("spec.json"), "{\"height\": 16,\n");
        String told = file + ": expected a JSON object, found a fault: it ends too early at line 2, column 1";
        assertThatThrownBy(() -> SpecJson.read(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage(told);
        assertThatThrownBy(() -> SpecJson.keys(file))
                .isInstanceOf(ConfigException.class)
                .hasMessage(told);
        Path missing = folder.resolve("other.json");
        assertThatThrownBy(() -> SpecJson.keys(missing))
                .isInstanceOf(ConfigException.class)
                .hasMessage("cannot read the backbone's spec " + missing + ": there is no such file or folder");
    }

    @Test
    void aBadSpecSaysWhatIsWrong() {
        Map.of(
                        "{\"family\":\"vet\"}",
                        "no family of backbones is called 'vet'; known are ",
                        "{\"family\":3}",
                        "test: family: expected a text, found",
                        "[]",
                        "test: expected a JSON object, found",
                        "{",
                        "test: expected a JSON object",
                        "{\"width\":3}",
                        "'height'",
                        "{\"colour\":3," + VIT,
                        "unknown key 'colour'")
                .forEach((json, problem) -> assertThatThrownBy(() -> SpecJson.parse(json, "test"))
                        .isInstanceOf(ConfigException.class)
                        .hasMessageContaining(problem));
    }

    @Test
    void theHeadMakesNoOtherBackbone() {
        BackboneSpec bare = SpecJson.parse("{" + VIT, "test");
        BackboneSpec headed = SpecJson.parse("{\"classes\":5," + VIT, "test");
        assertThat(headed).isNotEqualTo(bare);
        assertThat(headed.withoutHead()).isEqualTo(bare);
    }
}
