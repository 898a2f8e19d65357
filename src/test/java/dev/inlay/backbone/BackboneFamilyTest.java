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
import java.util.LinkedHashMap;
import java.util.List;
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

    static Iterable<String> families() {
        return BackboneFamily.all().keySet();
    }

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

    @ParameterizedTest
    @MethodSource("published")
    void shapesTellAPublishedVariantToItsFamilyAlone(String name) {
        BackboneSpec spec = BackboneFamily.published().get(name);
        BackboneFamily family = BackboneFamily.of(spec);
        Map<String, List<Long>> shapes = new LinkedHashMap<>(family.shapes(spec));
        for (String head : family.headNames(spec)) {
            shapes.put(head + ".weight", List.of(7L, (long) spec.embedDim()));
            shapes.put(head + ".bias", List.of(7L));
        }
        RecognisedShapes found = family.recognise(shapes).orElseThrow();
        assertThat(found.variants()).contains(name).allSatisfy(variant -> assertThat(
                        family.shapes(BackboneFamily.published().get(variant)))
                .isEqualTo(family.shapes(spec)));
        assertThat(found.differences()).isEmpty();
        assertThat(found.parameters())
                .containsExactlyElementsOf(family.shapes(spec).keySet());
        assertThat(found.facts().get("headClasses").intValue()).isEqualTo(7);
        assertThat(found.facts().get("embedDim").intValue()).isEqualTo(spec.embedDim());
        assertThat(found.facts().get("depth").intValue()).isEqualTo(spec.depth());
        BackboneFamily.all().values().stream()
                .filter(other -> other != family && !other.name().equals(family.name()))
                .forEach(other ->
                        assertThat(other.recognise(shapes)).as(other.name()).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("families")
    void shapesOfFewTensorsTellNothing(String family) {
        for (String name : List.of("patch_embed.proj.weight", "stem.0.weight")) {
            assertThat(BackboneFamily.named(family).recognise(Map.of(name, List.of(8L, 3L, 4L, 4L))))
                    .as(name)
                    .isEmpty();
        }
    }

    /** In millions, with a head of 1,000 classes, as timm's results state them. */
    @ParameterizedTest
    @CsvSource({
        "vit_tiny_patch16_224, 5.72",
        "vit_small_patch16_224, 22.05",
        "vit_base_patch16_224, 86.57",
        "vit_large_patch16_224, 304.33",
        "swin_tiny_patch4_window7_224, 28.29",
        "swin_small_patch4_window7_224, 49.61",
        "swin_base_patch4_window7_224, 87.77",
        "swin_base_patch4_window12_384, 87.90",
        "swin_large_patch4_window7_224, 196.53",
        "swin_large_patch4_window12_384, 196.74",
        "convnext_tiny, 28.59",
        "convnext_small, 50.22",
        "convnext_base, 88.59",
        "convnext_large, 197.77",
        "convnext_xlarge, 350.20",
        "convnext_xxlarge, 846.47"
    })
    void aPublishedVariantHasThePublishedNumberOfParameters(String name, double millions) {
        BackboneSpec spec = BackboneFamily.published().get(name);
        long withHead = parameters(spec) + 1000L * (spec.embedDim() + 1);
        assertThat(Math.round(withHead / 1e4) / 1e2).isEqualTo(millions);
    }

    /** The numbers that timm 1.0.29 counts, without a head. */
    @ParameterizedTest
    @CsvSource({
        "vit_tiny_patch16_dinov3_qkvb, 5489664",
        "vit_small_patch16_dinov3, 21586944",
        "vit_small_patch16_dinov3_qkvb, 21596160",
        "vit_small_plus_patch16_dinov3, 28683264",
        "vit_small_plus_patch16_dinov3_qkvb, 28692480",
        "vit_base_patch16_dinov3, 85641216",
        "vit_base_patch16_dinov3_qkvb, 85659648",
        "vit_large_patch16_dinov3, 303079424",
        "vit_large_patch16_dinov3_qkvb, 303128576",
        "vit_huge_plus_patch16_dinov3, 840509440",
        "vit_huge_plus_patch16_dinov3_qkvb, 840591360",
        "vit_7b_patch16_dinov3, 6716030976"
    })
    void aDinov3HasAsManyParametersAsTimms(String name, long count) {
        assertThat(parameters(BackboneFamily.published().get(name))).isEqualTo(count);
    }

    private static long parameters(BackboneSpec spec) {
        return BackboneFamily.of(spec).shapes(spec).values().stream()
                .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                .sum();
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

    /** What fits, what part is another (of equal keys the last one counts), and what is said of it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vit|'patch':0|patch: must be at least 1, found 0",
                "vit|'height':30|patch: 8 does not divide the image of 30 × 32",
                "vit|'heads':5|heads: 5 does not divide dim 24",
                "vit|'rope':true,'heads':4|heads: with rope the width of a head must be a multiple of 4, found dim 24 / 4",
                "vit|'mlp':'swiglu','hidden':33|hidden: SwiGLU halves it, found 33",
                "vit|'classes':-1|classes: must not be negative",
                "vit|'eps':-1|eps: must be above 0, found -1.0",
                "vit|'regTokens':-1|regTokens: must not be negative, found -1",
                "vit|'distilled':true,'regTokens':1|distilled: no ViT has a distillation token and register tokens",
                "vit|'distilled':true,'globalPool':'avg'|distilled: the features are the class and the distillation token",
                "vit|'rope':true,'noEmbedClass':true|noEmbedClass: with rope there is no position table",
                "swin|'window':0|window: must be at least 1, found 0",
                "swin|'depths':[2,2,2]|depths and heads: expected one number each",
                "swin|'heads':[2,3]|heads: 3 does not divide the width 16 of stage 1",
                "swin|'height':30|patch: 4 does not divide the image of 30 × 32",
                "swin|'depths':[2,2,2,2,2],'heads':[1,1,1,1,1]|too few patches for stage 4",
                "swin|'height':136,'depths':[2,2,2],'heads':[1,1,1]|stage 2 has 9 × 2 tokens",
                "convnext|'patch':0|patch: must be at least 1, found 0",
                "convnext|'depths':[2,2,2]|depths and dims: expected one number each",
                "convnext|'dims':[8,-1]|dims: must be at least 1, found -1",
                "convnext|'dims':[8,100000]|dims: must be at most 65536",
                "convnext|'height':7|the image of 7 × 32 has nothing left for stage 1",
                "convnext|'classes':-1|classes: must not be negative"
            },
            quoteCharacter = '"')
    void aSpecThatFitsNothingSaysWhy(String family, String part, String problem) {
        String fitting = TinyBackbones.SPECS.get(family).strip();
        assertThat(SpecJson.parse(fitting, "test").family()).isEqualTo(family);
        String other = fitting.substring(0, fitting.length() - 1) + ", " + part.replace('\'', '"') + "}";
        assertThatThrownBy(() -> SpecJson.parse(other, "test"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void theHeadMakesNoOtherBackbone() {
        BackboneSpec bare = SpecJson.parse("{" + VIT, "test");
        BackboneSpec headed = SpecJson.parse("{\"classes\":5," + VIT, "test");
        assertThat(headed).isNotEqualTo(bare);
        assertThat(headed.withoutHead()).isEqualTo(bare);
    }
}
