package dev.inlay.backbone.vit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.RecognisedShapes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sizes read off the shapes of tensors. */
class VitShapesTest {
    private static Map<String, List<Long>> shapes(String variant) {
        return new LinkedHashMap<>(new VitFamily().shapes(VitVariants.of(variant)));
    }

    @Test
    void everyPublishedVariantIsRecognised() {
        VitVariants.all().forEach((name, spec) -> {
            RecognisedShapes vit = new VitFamily().recognise(shapes(name)).orElseThrow();
            assertThat(vit.differences()).as(name).isEmpty();
            assertThat(vit.variants()).contains(name);
            assertThat(vit.facts().get("embedDim").intValue()).isEqualTo(spec.embedDim());
            assertThat(vit.facts().get("depth").intValue()).isEqualTo(spec.depth());
            assertThat(vit.facts().get("patchSize").intValue()).isEqualTo(spec.patchSize());
            assertThat(vit.facts().get("mlpHidden").intValue()).isEqualTo(spec.mlpHidden());
            if (spec.options().rope()) {
                assertThat(vit.facts().has("tokens")).as(name).isFalse(); // no shape tells
            } else {
                assertThat(vit.facts().get("tokens").intValue()).isEqualTo(spec.tokens());
            }
            assertThat(vit.facts().get("headClasses").intValue()).isZero();
            assertThat(vit.parameters())
                    .containsExactlyElementsOf(new VitFamily().shapes(spec).keySet());
        });
    }

    @Test
    void theHeadIsCounted() {
        Map<String, List<Long>> shapes = shapes("vit_tiny_patch16_224");
        shapes.put("head.weight", List.of(10L, 192L));
        shapes.put("head.bias", List.of(10L));
        RecognisedShapes vit = new VitFamily().recognise(shapes).orElseThrow();
        assertThat(vit.facts().get("headClasses").intValue()).isEqualTo(10);
        assertThat(vit.variants()).containsExactly("deit_tiny_patch16_224", "vit_tiny_patch16_224");
    }

    @Test
    void whatShapesTellOfTheOptionsIsAFact() {
        assertThat(facts("vit_giant_patch14_reg4_dinov2"))
                .contains("\"layerScale\":true,\"regTokens\":4,\"noEmbedClass\":true,\"mlp\":\"swiglu\"");
        assertThat(facts("eva_large_patch14_336")).endsWith("\"globalPool\":\"avg\",\"fcNorm\":true}");
        assertThat(facts("vit_base_patch16_clip_quickgelu_224")).endsWith("\"preNorm\":true}");
        assertThat(facts("deit_base_distilled_patch16_384")).endsWith("\"distilled\":true}");
        assertThat(facts("vit_huge_plus_patch16_dinov3_qkvb"))
                .endsWith(
                        "\"layerScale\":true,\"regTokens\":4,\"mlp\":\"swiglu_split\",\"qkvBias\":\"query_value\",\"rope\":true}");
        assertThat(facts("vit_base_patch16_dinov3")).endsWith("\"regTokens\":4,\"qkvBias\":\"none\",\"rope\":true}");
        assertThat(facts("vit_base_patch16_224")).endsWith("\"headClasses\":0}");
    }

    private static String facts(String variant) {
        return new VitFamily().recognise(shapes(variant)).orElseThrow().facts().toString();
    }

    @Test
    void whatDiffersIsListed() {
        Map<String, List<Long>> shapes = shapes("vit_tiny_patch16_224");
        shapes.remove("norm.weight");
        shapes.put("blocks.3.mlp.fc2.bias", List.of(191L));
        shapes.put("mask_token", List.of(1L, 1L, 192L));
        shapes.put("head.bias", List.of(10L));
        RecognisedShapes vit = new VitFamily().recognise(shapes).orElseThrow();
        assertThat(vit.variants()).isEmpty();
        assertThat(vit.differences())
                .containsExactly(
                        "blocks.3.mlp.fc2.bias: expected [192], found [191]",
                        "missing norm.weight [192]",
                        "unexpected mask_token [1, 1, 192]",
                        "head: head.weight and head.bias come together, one is missing");
    }

    @Test
    void shapesThatMakeNoSenseTellNothing() {
        for (String name : List.of("patch_embed.proj.weight", "pos_embed", "blocks.0.mlp.fc1.weight")) {
            Map<String, List<Long>> without = shapes("vit_tiny_patch16_224");
            without.remove(name);
            assertThat(new VitFamily().recognise(without))
                    .as("without %s", name)
                    .isEmpty();
            Map<String, List<Long>> empty = shapes("vit_tiny_patch16_224");
            empty.replaceAll((n, shape) ->
                    n.equals(name) ? shape.stream().map(size -> 0L).toList() : shape);
            assertThat(new VitFamily().recognise(empty))
                    .as("with an empty %s", name)
                    .isEmpty();
            Map<String, List<Long>> huge = shapes("vit_tiny_patch16_224");
            huge.replaceAll((n, shape) ->
                    n.equals(name) ? shape.stream().map(size -> 1L << 40).toList() : shape);
            assertThat(new VitFamily().recognise(huge))
                    .as("with a huge %s", name)
                    .isEmpty();
        }
    }
}
