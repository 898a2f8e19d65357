package dev.inlay.checkpoint.naming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every layout on the names that it has upstream, and back. */
class LayoutsTest {
    private static final String VIT_BLOCK =
            """
            blocks.0.norm1.weight [4]
            blocks.0.norm1.bias [4]
            blocks.0.attn.qkv.weight [12, 4]
            blocks.0.attn.qkv.bias [12]
            blocks.0.attn.proj.weight [4, 4]
            blocks.0.attn.proj.bias [4]
            blocks.0.norm2.weight [4]
            blocks.0.norm2.bias [4]
            blocks.0.mlp.fc2.weight [4, 8]
            blocks.0.mlp.fc2.bias [4]
            norm.weight [4]
            norm.bias [4]
            """;
    private static final String PLAIN =
            """
            blocks.0.mlp.fc1.weight [8, 4]
            blocks.0.mlp.fc1.bias [8]
            """;
    private static final String GATED =
            """
            blocks.0.mlp.fc1.weight [16, 4]
            blocks.0.mlp.fc1.bias [16]
            """;
    private static final String PATCHES = "patch_embed.proj.weight [4, 3, 2, 2]\n";
    private static final String PATCH_BIAS = "patch_embed.proj.bias [4]\n";
    private static final String EMBEDDINGS =
            """
            cls_token [1, 1, 4]
            pos_embed [1, 5, 4]
            """;
    private static final String SCALES =
            """
            blocks.0.ls1.gamma [4]
            blocks.0.ls2.gamma [4]
            """;
    private static final String REGISTERS =
            """
            cls_token [1, 1, 4]
            pos_embed [1, 4, 4]
            reg_token [1, 4, 4]
            """;
    private static final String DINOV3 =
            """
            cls_token [1, 1, 4]
            reg_token [1, 4, 4]
            blocks.0.gamma_1 [4]
            blocks.0.gamma_2 [4]
            blocks.0.attn.q_bias [4]
            blocks.0.attn.v_bias [4]
            """
                    + PATCHES + PATCH_BIAS + VIT_BLOCK.replace("blocks.0.attn.qkv.bias [12]\n", "");
    private static final String SPLIT =
            """
            blocks.0.mlp.fc1_g.weight [8, 4]
            blocks.0.mlp.fc1_g.bias [8]
            blocks.0.mlp.fc1_x.weight [8, 4]
            blocks.0.mlp.fc1_x.bias [8]
            """;
    private static final String HEAD = """
            head.weight [3, 4]
            head.bias [3]
            """;
    private static final String VIT = EMBEDDINGS + PATCHES + PATCH_BIAS + VIT_BLOCK;

    private static String swin() {
        StringBuilder names = new StringBuilder(
                PATCHES + PATCH_BIAS
                        + """
            patch_embed.norm.weight [4]
            patch_embed.norm.bias [4]
            layers.1.downsample.reduction.weight [8, 16]
            layers.1.downsample.norm.weight [16]
            layers.1.downsample.norm.bias [16]
            norm.weight [8]
            norm.bias [8]
            head.fc.weight [3, 8]
            head.fc.bias [3]
            """);
        for (int stage = 0; stage < 2; stage++) {
            int d = 4 << stage;
            names.append(
                    """
                    @norm1.weight [D]
                    @norm1.bias [D]
                    @attn.relative_position_bias_table [9, 2]
                    @attn.qkv.weight [3D, D]
                    @attn.qkv.bias [3D]
                    @attn.proj.weight [D, D]
                    @attn.proj.bias [D]
                    @norm2.weight [D]
                    @norm2.bias [D]
                    @mlp.fc1.weight [4D, D]
                    @mlp.fc1.bias [4D]
                    @mlp.fc2.weight [D, 4D]
                    @mlp.fc2.bias [D]
                    """
                            .replace("3D", String.valueOf(3 * d))
                            .replace("4D", String.valueOf(4 * d))
                            .replace("D", String.valueOf(d))
                            .replace("@", "layers." + stage + ".blocks.0."));
        }
        return names.toString();
    }

    private static String convnext() {
        StringBuilder names = new StringBuilder(
                """
            stem.0.weight [4, 3, 4, 4]
            stem.0.bias [4]
            stem.1.weight [4]
            stem.1.bias [4]
            stages.1.downsample.0.weight [4]
            stages.1.downsample.0.bias [4]
            stages.1.downsample.1.weight [8, 4, 2, 2]
            stages.1.downsample.1.bias [8]
            head.norm.weight [8]
            head.norm.bias [8]
            head.fc.weight [3, 8]
            head.fc.bias [3]
            """);
        for (int stage = 0; stage < 2; stage++) {
            int d = 4 << stage;
            names.append(
                    """
                    @gamma [D]
                    @conv_dw.weight [D, 1, 7, 7]
                    @conv_dw.bias [D]
                    @norm.weight [D]
                    @norm.bias [D]
                    @mlp.fc1.weight [4D, D]
                    @mlp.fc1.bias [4D]
                    @mlp.fc2.weight [D, 4D]
                    @mlp.fc2.bias [D]
                    """
                            .replace("4D", String.valueOf(4 * d))
                            .replace("D", String.valueOf(d))
                            .replace("@", "stages." + stage + ".blocks.0."));
        }
        return names.toString();
    }

    /** Layout, the names upstream, timm's names with their shapes, what is dropped. */
    static Stream<Arguments> layouts() {
        String dinov2 = PATCHES + PATCH_BIAS + VIT_BLOCK + SCALES;
        return Stream.of(
                Arguments.of(
                        Layouts.VIT,
                        UpstreamNames.vit(),
                        VIT + PLAIN + HEAD,
                        Set.of("vit.embeddings.mask_token", "vit.pooler.dense.weight", "vit.pooler.dense.bias")),
                Arguments.of(Layouts.VIT_5, UpstreamNames.vit5(), VIT + PLAIN + HEAD, Set.of()),
                Arguments.of(
                        Layouts.DEIT,
                        UpstreamNames.deit(),
                        VIT.replace("pos_embed [1, 5", "pos_embed [1, 6") + PLAIN + HEAD
                                + """
            dist_token [1, 1, 4]
            head_dist.weight [3, 4]
            head_dist.bias [3]
            """,
                        Set.of()),
                Arguments.of(
                        Layouts.DINOV2,
                        UpstreamNames.dinov2("dinov2.", false),
                        EMBEDDINGS + dinov2 + PLAIN,
                        Set.of("dinov2.embeddings.mask_token")),
                Arguments.of(
                        Layouts.DINOV2_SWIGLU,
                        UpstreamNames.dinov2("dinov2.", true),
                        EMBEDDINGS + dinov2 + GATED,
                        Set.of("dinov2.embeddings.mask_token")),
                Arguments.of(
                        Layouts.DINOV2_REGISTERS,
                        UpstreamNames.dinov2Registers(false),
                        REGISTERS + dinov2 + PLAIN,
                        Set.of("dinov2_with_registers.embeddings.mask_token", "classifier.weight", "classifier.bias")),
                Arguments.of(
                        Layouts.DINOV2_REGISTERS_SWIGLU,
                        UpstreamNames.dinov2Registers(true),
                        REGISTERS + dinov2 + GATED,
                        Set.of("dinov2_with_registers.embeddings.mask_token", "classifier.weight", "classifier.bias")),
                Arguments.of(
                        Layouts.CLIP,
                        UpstreamNames.clip(),
                        EMBEDDINGS + PATCHES + VIT_BLOCK + PLAIN
                                + """
            norm_pre.weight [4]
            norm_pre.bias [4]
            """,
                        Set.of(
                                "logit_scale",
                                "text_model.embeddings.token_embedding.weight",
                                "text_model.encoder.layers.0.self_attn.q_proj.weight",
                                "text_model.encoder.layers.0.self_attn.q_proj.bias",
                                "text_model.final_layer_norm.weight",
                                "text_model.final_layer_norm.bias",
                                "vision_model.embeddings.position_ids",
                                "visual_projection.weight",
                                "text_projection.weight")),
                Arguments.of(
                        Layouts.SWIN,
                        UpstreamNames.swin(),
                        swin(),
                        Set.of(
                                "swin.encoder.layers.0.blocks.0.attention.self.relative_position_index",
                                "swin.encoder.layers.1.blocks.0.attention.self.relative_position_index")),
                Arguments.of(
                        Layouts.SWIN_AUTHORS,
                        UpstreamNames.swinAuthors(),
                        swin(),
                        Set.of(
                                "layers.0.blocks.0.attn_mask",
                                "layers.0.blocks.0.attn.relative_position_index",
                                "layers.1.blocks.0.attn.relative_position_index")),
                Arguments.of(Layouts.CONVNEXT, UpstreamNames.convnext(), convnext(), Set.of()),
                Arguments.of(Layouts.CONVNEXT_AUTHORS, UpstreamNames.convnextAuthors(), convnext(), Set.of()),
                Arguments.of(
                        Layouts.DINOV2_SWIGLU_AUTHORS,
                        UpstreamNames.dinov2Authors(false, true),
                        EMBEDDINGS + dinov2 + GATED,
                        Set.of("mask_token")),
                Arguments.of(
                        Layouts.DINOV2_REGISTERS_AUTHORS,
                        UpstreamNames.dinov2Authors(true, false),
                        REGISTERS + dinov2 + PLAIN,
                        Set.of("mask_token")),
                Arguments.of(
                        Layouts.DINOV2_REGISTERS_SWIGLU_AUTHORS,
                        UpstreamNames.dinov2Authors(true, true),
                        REGISTERS + dinov2 + GATED,
                        Set.of("mask_token")),
                Arguments.of(
                        Layouts.DINOV3, UpstreamNames.dinov3(false), DINOV3 + PLAIN, Set.of("embeddings.mask_token")),
                Arguments.of(
                        Layouts.DINOV3_SWIGLU,
                        UpstreamNames.dinov3(true),
                        DINOV3 + SPLIT,
                        Set.of("embeddings.mask_token")),
                Arguments.of(
                        Layouts.DINOV3_AUTHORS,
                        UpstreamNames.dinov3Authors(false),
                        DINOV3 + PLAIN,
                        Set.of("mask_token", "rope_embed.periods")),
                Arguments.of(
                        Layouts.DINOV3_SWIGLU_AUTHORS,
                        UpstreamNames.dinov3Authors(true),
                        DINOV3 + SPLIT,
                        Set.of("mask_token", "rope_embed.periods", "local_cls_norm.weight", "local_cls_norm.bias")),
                Arguments.of(
                        Layouts.CLIP_AUTHORS,
                        UpstreamNames.clipAuthors(),
                        EMBEDDINGS + PATCHES + VIT_BLOCK + PLAIN
                                + """
            norm_pre.weight [4]
            norm_pre.bias [4]
            """,
                        Set.of("proj")),
                Arguments.of(Layouts.TORCHVISION_VIT, UpstreamNames.torchvisionVit(), VIT + PLAIN + HEAD, Set.of()),
                Arguments.of(
                        Layouts.TORCHVISION_SWIN,
                        UpstreamNames.torchvisionSwin(),
                        swin(),
                        Set.of(
                                "features.1.0.attn.relative_position_index",
                                "features.3.0.attn.relative_position_index")),
                Arguments.of(Layouts.TORCHVISION_CONVNEXT, UpstreamNames.torchvisionConvNeXt(), convnext(), Set.of()),
                Arguments.of(
                        Layouts.TIMM,
                        UpstreamNames.dinov2Authors(false, false),
                        EMBEDDINGS + dinov2 + PLAIN,
                        Set.of("mask_token")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void everyNameUpstreamIsExplained(
            CheckpointLayout layout, UpstreamNames upstream, String timm, Set<String> dropped) {
        Map<String, TensorInfo> stored = upstream.infos();
        assertThat(Layouts.of(stored.keySet())).isSameAs(layout);
        Translation translation = layout.toTimm(stored);
        assertThat(translation.unexplained()).isEmpty();
        assertThat(lines(translation.shapes()))
                .containsExactlyInAnyOrderElementsOf(timm.lines().toList());
        assertThat(translation.dropped().keySet()).isEqualTo(dropped);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layouts")
    void exportAndImportGiveTheSameBytes(
            CheckpointLayout layout, UpstreamNames upstream, String timm, Set<String> dropped) {
        Map<String, float[]> weights = new HashMap<>();
        Translation in = layout.toTimm(upstream.infos());
        Translation out = layout.fromTimm(in.shapes());
        assertThat(out.unexplained()).isEmpty();
        Map<String, List<Long>> kept = new TreeMap<>();
        upstream.infos().forEach((name, info) -> kept.put(name, info.shape()));
        kept.keySet().removeAll(dropped);
        assertThat(new TreeMap<>(out.shapes())).isEqualTo(kept);

        SplittableRandom random = new SplittableRandom(7);
        in.shapes().forEach((name, shape) -> weights.put(name, random(random, shape)));
        Map<String, Tensor> exported =
                out.read(name -> tensor(weights.get(name), in.shapes().get(name)));
        exported.forEach(
                (name, tensor) -> assertThat(Tensors.shapeOf(tensor)).as(name).isEqualTo(kept.get(name)));
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        exported.keySet().forEach(name -> infos.put(name, upstream.infos().get(name)));
        Map<String, Tensor> imported = Layouts.of(infos.keySet()).toTimm(infos).read(name -> exported.remove(name));
        assertThat(imported.keySet()).isEqualTo(weights.keySet());
        imported.forEach((name, tensor) -> {
            assertThat(Tensors.shapeOf(tensor)).as(name).isEqualTo(in.shapes().get(name));
            assertThat(Tensors.floats(tensor)).as(name).isEqualTo(weights.get(name));
            Tensors.release(tensor);
        });
    }

    @Test
    void aBiasOfKeysThatIsNotMaskedIsRefused() {
        try (PointerScope scope = new PointerScope()) {
            Tensor bias = Tensors.of(new float[] {1, 2, 3, 4, 5, 6}, 6);
            Tensor mask = Tensors.of(new float[] {1, 1, 0, 0, 1, 1}, 6);
            List<Tensor> made = Change.KEYLESS.make(List.of(bias, mask));
            assertThat(Tensors.floats(made.get(0))).containsExactly(1, 2);
            assertThat(Tensors.floats(made.get(1))).containsExactly(5, 6);
            assertThatThrownBy(() -> Change.KEYLESS.make(List.of(bias, bias)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("expected a bias that is masked for keys");
        }
    }

    @Test
    void theBaseModelsPrefixMayBeAbsent() {
        Map<String, TensorInfo> bare = new LinkedHashMap<>();
        UpstreamNames.vit().infos().forEach((name, info) -> {
            if (name.startsWith("vit.")) {
                bare.put(name.substring(4), info);
            }
        });
        Translation translation = Layouts.of(bare.keySet()).toTimm(bare);
        assertThat(translation.unexplained()).isEmpty();
        assertThat(lines(translation.shapes()))
                .containsExactlyInAnyOrderElementsOf((VIT + PLAIN).lines().toList());
        assertThat(translation.dropped())
                .containsOnlyKeys("embeddings.mask_token", "pooler.dense.weight", "pooler.dense.bias");
    }

    @Test
    void whatHasNoExplanationIsListed() {
        Map<String, TensorInfo> stored = new LinkedHashMap<>(UpstreamNames.vit().infos());
        stored.remove("vit.encoder.layer.0.attention.attention.key.bias");
        stored.put("vit.adapter.weight", stored.get("classifier.weight"));
        stored.put("vit.encoder.layer.0.attention.attention.query.weight", stored.get("classifier.weight"));
        stored.put("layernorm.bias", stored.get("vit.layernorm.bias"));
        assertThat(Layouts.VIT.toTimm(stored).unexplained())
                .containsExactly(
                        "vit.adapter.weight [3, 4]",
                        "layernorm.bias [4]",
                        "vit.encoder.layer.0.attention.attention.query.weight,"
                                + " vit.encoder.layer.0.attention.attention.key.weight,"
                                + " vit.encoder.layer.0.attention.attention.value.weight:"
                                + " expected equal shapes, found [[3, 4], [4, 4], [4, 4]]",
                        "vit.encoder.layer.0.attention.attention.query.bias,"
                                + " vit.encoder.layer.0.attention.attention.value.bias: without"
                                + " vit.encoder.layer.0.attention.attention.key.bias");
    }

    @Test
    void whatALayoutCannotExpressIsListedOnExport() {
        Map<String, List<Long>> timm = new LinkedHashMap<>();
        timm.put("blocks.0.ls1.gamma", List.of(4L));
        timm.put("blocks.0.attn.qkv.bias", List.of(10L));
        assertThat(Layouts.VIT.fromTimm(timm).unexplained())
                .containsExactly(
                        "blocks.0.ls1.gamma [4]", "blocks.0.attn.qkv.bias: expected rows that 3 divides, found [10]");
    }

    @Test
    void theClassTokensPositionIsAddedToItWhereThereAreRegisters() {
        Map<String, TensorInfo> stored = UpstreamNames.dinov2Registers(false).infos();
        Map<String, Tensor> timm = Layouts.DINOV2_REGISTERS.toTimm(stored).read(name -> {
            float[] values = new float[(int) stored.get(name).elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = name.endsWith("cls_token") ? 100 : i;
            }
            return tensor(values, stored.get(name).shape());
        });
        assertThat(Tensors.floats(timm.get("cls_token"))).containsExactly(100, 101, 102, 103);
        assertThat(Tensors.floats(timm.get("pos_embed")))
                .startsWith(4, 5, 6)
                .endsWith(19)
                .hasSize(16);
        timm.values().forEach(Tensors::release);
    }

    @Test
    void theMaskedBiasOfKeysIsLeftOut() {
        Map<String, TensorInfo> stored = new UpstreamNames()
                .add("storage_tokens", 1, 4, 4)
                .add("blocks.0.attn.qkv.bias", 6)
                .add("blocks.0.attn.qkv.bias_mask", 6)
                .infos();
        Map<String, Tensor> timm = Layouts.DINOV3_AUTHORS
                .toTimm(stored)
                .read(name -> tensor(
                        switch (name) {
                            case "storage_tokens" -> new float[16];
                            case "blocks.0.attn.qkv.bias" -> new float[] {1, 2, 3, 4, 5, 6};
                            default -> new float[] {1, 1, 0, 0, 1, 1};
                        },
                        stored.get(name).shape()));
        assertThat(Tensors.floats(timm.get("blocks.0.attn.q_bias"))).containsExactly(1, 2);
        assertThat(Tensors.floats(timm.get("blocks.0.attn.v_bias"))).containsExactly(5, 6);
        timm.values().forEach(Tensors::release);
    }

    @Test
    void timmsDinov3IsNotTakenForDeit3() {
        Set<String> names = Set.of("cls_token", "reg_token", "blocks.0.gamma_1", "norm.bias");
        assertThat(Layouts.of(names)).isSameAs(Layouts.TIMM);
    }

    @Test
    void deit3AndThePretrainingOfMaeAreRead() {
        Map<String, TensorInfo> deit3 = new UpstreamNames()
                .add("pos_embed", 1, 4, 4)
                .add("blocks.0.gamma_1", 4)
                .add("norm.bias", 4)
                .infos();
        assertThat(Layouts.of(deit3.keySet()).toTimm(deit3).shapes())
                .containsOnlyKeys("pos_embed", "blocks.0.ls1.gamma", "norm.bias");
        Map<String, TensorInfo> mae = new UpstreamNames()
                .add("cls_token", 1, 1, 4)
                .add("mask_token", 1, 1, 4)
                .add("decoder_blocks.0.norm1.bias", 4)
                .infos();
        Translation translation = Layouts.of(mae.keySet()).toTimm(mae);
        assertThat(translation.shapes()).containsOnlyKeys("cls_token");
        assertThat(translation.notes())
                .containsExactly(
                        "dropped (the token of masked patches, which only pre-training uses) mask_token",
                        "dropped (the decoder of the pre-training) decoder_blocks.0.norm1.bias");
    }

    private static List<String> lines(Map<String, List<Long>> shapes) {
        List<String> lines = new ArrayList<>();
        shapes.forEach((name, shape) -> lines.add(name + " " + shape));
        return lines;
    }

    private static float[] random(SplittableRandom random, List<Long> shape) {
        float[] values = new float[shape.stream().mapToInt(Long::intValue).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Tensor tensor(float[] values, List<Long> shape) {
        return Tensors.own(
                Tensors.of(values, shape.stream().mapToLong(Long::longValue).toArray()));
    }
}
