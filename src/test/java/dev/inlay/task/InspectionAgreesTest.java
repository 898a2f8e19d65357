package dev.inlay.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.checkpoint.Container;
import dev.inlay.checkpoint.naming.BackboneWeights;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file is called a backbone if and only if loading makes one of it. */
class InspectionAgreesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path folder;

    @Test
    void onEveryFileOfTheTests() throws IOException {
        int backbones = 0;
        int others = 0;
        try (Stream<Path> files = Files.walk(GOLDEN)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(path -> path.toString().matches(".*\\.(safetensors|npz|pth|tar|bin)"))
                    .sorted()
                    .toList()) {
                Optional<String> title = title(file);
                boolean loads = loads(file);
                assertThat(title.orElse("").startsWith("backbone "))
                        .as(file.toString())
                        .isEqualTo(loads);
                backbones += loads ? 1 : 0;
                others += loads ? 0 : 1;
            }
        }
        assertThat(backbones).isGreaterThan(25);
        assertThat(others).isGreaterThan(25);
    }

    private static final Map<String, List<Long>> VIT = Map.ofEntries(
            Map.entry("cls_token", List.of(1L, 1L, 8L)),
            Map.entry("pos_embed", List.of(1L, 5L, 8L)),
            Map.entry("patch_embed.proj.weight", List.of(8L, 3L, 2L, 2L)),
            Map.entry("patch_embed.proj.bias", List.of(8L)),
            Map.entry("blocks.0.norm1.weight", List.of(8L)),
            Map.entry("blocks.0.norm1.bias", List.of(8L)),
            Map.entry("blocks.0.attn.qkv.weight", List.of(24L, 8L)),
            Map.entry("blocks.0.attn.qkv.bias", List.of(24L)),
            Map.entry("blocks.0.attn.proj.weight", List.of(8L, 8L)),
            Map.entry("blocks.0.attn.proj.bias", List.of(8L)),
            Map.entry("blocks.0.norm2.weight", List.of(8L)),
            Map.entry("blocks.0.norm2.bias", List.of(8L)),
            Map.entry("blocks.0.mlp.fc1.weight", List.of(16L, 8L)),
            Map.entry("blocks.0.mlp.fc1.bias", List.of(16L)),
            Map.entry("blocks.0.mlp.fc2.weight", List.of(8L, 16L)),
            Map.entry("blocks.0.mlp.fc2.bias", List.of(8L)),
            Map.entry("norm.weight", List.of(8L)),
            Map.entry("norm.bias", List.of(8L)));

    /** Networks near a ViT: what is taken from one, what is put to it. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "a ViT | | | true",
                "a head | | head.weight 3 8, head.bias 3 | true",
                "the head's bias alone | | head.bias 3 | false",
                "EVA-02 | blocks.0.attn.qkv.bias blocks.0.mlp.fc2.weight | blocks.0.attn.q_bias 8,"
                        + " blocks.0.attn.v_bias 8, blocks.0.mlp.fc2.weight 8 8 | false",
                "EVA | blocks.0.attn.qkv.bias | blocks.0.attn.q_bias 8, blocks.0.attn.v_bias 8 | true",
                "EVA-02 split | blocks.0.attn.qkv.bias blocks.0.mlp.fc1.weight blocks.0.mlp.fc1.bias | blocks.0.attn.q_bias 8,"
                        + " blocks.0.attn.v_bias 8, blocks.0.mlp.fc1_g.weight 16 8, blocks.0.mlp.fc1_g.bias 16,"
                        + " blocks.0.mlp.fc1_x.weight 16 8, blocks.0.mlp.fc1_x.bias 16 | false",
                "RoPE ViT | blocks.0.attn.qkv.bias pos_embed | blocks.0.attn.q_bias 8, blocks.0.attn.v_bias 8,"
                        + " blocks.0.gamma_1 8, blocks.0.gamma_2 8 | false",
                "RoPE ViT with positions | blocks.0.attn.qkv.bias | blocks.0.attn.q_bias 8, blocks.0.attn.v_bias 8,"
                        + " blocks.0.gamma_1 8, blocks.0.gamma_2 8 | false",
                "DINOv3 | blocks.0.attn.qkv.bias pos_embed | reg_token 1 4 8, blocks.0.gamma_1 8, blocks.0.gamma_2 8 | true",
                "normed queries | | blocks.0.attn.q_norm.weight 8, blocks.0.attn.k_norm.weight 8 | false",
                "pooled by attention | | attn_pool.latent 1 1 8 | false",
                "pooled by the mean | norm.weight norm.bias | fc_norm.weight 8, fc_norm.bias 8 | true",
                "two last norms | | fc_norm.weight 8, fc_norm.bias 8 | false",
                "LayerScale | | blocks.0.ls1.gamma 8, blocks.0.ls2.gamma 8 | true",
                "CaiT | | blocks_token_only.0.attn.q.weight 8 8 | false",
                "relative positions | | blocks.0.attn.relative_position_bias_table 9 2 | false",
                "CLIP's bias | | norm_pre.weight 8, norm_pre.bias 8 | false",
                "CLIP | patch_embed.proj.bias | norm_pre.weight 8, norm_pre.bias 8 | true",
                "no token | cls_token | | false"
            })
    void onNetworksNearAViT(String name, String without, String with, boolean loads) throws IOException {
        Map<String, List<Long>> shapes = new LinkedHashMap<>(VIT);
        if (without != null) {
            shapes.keySet().removeAll(List.of(without.split(" ")));
        }
        if (with != null) {
            for (String tensor : with.split(", ")) {
                String[] parts = tensor.strip().split(" ");
                shapes.put(parts[0], Stream.of(parts).skip(1).map(Long::valueOf).toList());
            }
        }
        Path file = Container.ZIP_PTH.write(folder, List.of("model"), shapes);
        assertThat(title(file).orElseThrow())
                .startsWith(loads ? "backbone " : "weights of a network that Inlay does not know ");
        assertThat(loads(file)).isEqualTo(loads);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '!',
            value = {
                "{\"architecture\": \"vit_base_patch16_224\", \"global_pool\": \"token\"} | true",
                "{\"architecture\": \"vit_base_patch16_224\", \"global_pool\": \"avg\"} | true",
                "{\"architecture\": \"vit_base_patch16_224\", \"global_pool\": \"map\"} | false",
                "{\"architecture\": \"vit_base_patch16_224\", \"global_pool\": \"avgmax\"} | false",
                "{\"architecture\": \"mine\", \"model_args\": {\"num_heads\": 2, \"drop_path_rate\": 0.1}} | true",
                "{\"architecture\": \"mine\", \"model_args\": {\"act_layer\": \"quick_gelu\"}} | true",
                "{\"architecture\": \"mine\", \"model_args\": {\"act_layer\": \"gelu_tanh\"}} | false",
                "{\"architecture\": \"mine\", \"model_args\": {\"block_fn\": \"ResPostBlock\"}} | false",
                "{\"architecture\": \"mine\", \"model_args\": {\"dynamic_img_pad\": true}} | false",
                "{\"architecture\": \"mine\", \"model_args\": {\"dynamic_img_pad\": false}} | true",
                "{\"model\": \"of somebody else\"} | true"
            })
    void onSettingsOfTimm(String config, boolean loads) throws IOException {
        Path file = Container.SAFETENSORS.write(folder, List.of(), VIT);
        Files.writeString(
                folder.resolve("config.json"),
                config.replace("vit_base_patch16_224\"", "vit_base_patch16_224\", \"model_args\": {\"num_heads\": 2}"));
        assertThat(title(file).orElseThrow().startsWith("backbone ")).isEqualTo(loads);
        assertThat(loads(file)).isEqualTo(loads);
    }

    private static Optional<String> title(Path file) {
        try {
            return Optional.of(Inspection.of(file).title());
        } catch (DataException e) {
            return Optional.empty();
        }
    }

    private static boolean loads(Path file) {
        try (BackboneWeights weights = BackboneWeights.open(file)) {
            Optional<BackboneSpec> spec = weights.shown();
            if (spec.isEmpty()) {
                return false;
            }
            Map<String, Tensor> tensors = weights.read("made", spec.get());
            try {
                BackboneFamily.of(spec.get())
                        .load("made", spec.get(), tensors, file.toString())
                        .close();
                return true;
            } finally {
                tensors.values().forEach(Tensors::release);
            }
        } catch (DataException e) {
            return false;
        }
    }
}
