package dev.inlay.checkpoint.naming;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names that small networks of each layout have, written down from the modules of transformers
 * ({@code modeling_vit.py}, {@code modeling_deit.py}, {@code modeling_dinov2.py}, {@code modeling_dinov2_with_registers.py},
 * {@code modeling_dinov3_vit.py}, {@code modeling_clip.py}, {@code modeling_swin.py}, {@code modeling_convnext.py}) and of their authors. D is 4, the
 * MLP's width 8, 4 patches of 2 × 2, 3 classes.
 */
final class UpstreamNames {
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();

    UpstreamNames add(String name, long... shape) {
        infos.put(name, TensorInfo.of(name, Dtype.F32, shape));
        return this;
    }

    UpstreamNames linear(String name, long out, long in) {
        return add(name + ".weight", out, in).add(name + ".bias", out);
    }

    UpstreamNames norm(String name, long size) {
        return add(name + ".weight", size).add(name + ".bias", size);
    }

    UpstreamNames convolution(String name, long... filters) {
        return add(name + ".weight", filters).add(name + ".bias", filters[0]);
    }

    UpstreamNames integers(String name, long... shape) {
        infos.put(name, TensorInfo.of(name, Dtype.I64, shape));
        return this;
    }

    Map<String, TensorInfo> infos() {
        return infos;
    }

    static UpstreamNames vit() {
        UpstreamNames names = embeddings("vit.", 5).add("vit.embeddings.mask_token", 1, 1, 4);
        block(names, "vit.encoder.layer.0.");
        return names.norm("vit.layernorm", 4).linear("vit.pooler.dense", 4, 4).linear("classifier", 3, 4);
    }

    static UpstreamNames vit5() {
        UpstreamNames names = embeddings("vit.", 5);
        String block = "vit.layers.0.";
        for (String part : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
            names.linear(block + "attention." + part, 4, 4);
        }
        return names.linear(block + "mlp.fc1", 8, 4)
                .linear(block + "mlp.fc2", 4, 8)
                .norm(block + "layernorm_before", 4)
                .norm(block + "layernorm_after", 4)
                .norm("vit.layernorm", 4)
                .linear("classifier", 3, 4);
    }

    static UpstreamNames deit() {
        UpstreamNames names = embeddings("deit.", 6).add("deit.embeddings.distillation_token", 1, 1, 4);
        block(names, "deit.encoder.layer.0.");
        return names.norm("deit.layernorm", 4).linear("cls_classifier", 3, 4).linear("distillation_classifier", 3, 4);
    }

    static UpstreamNames dinov2(String prefix, boolean gated) {
        UpstreamNames names = embeddings(prefix, 5).add(prefix + "embeddings.mask_token", 1, 4);
        String block = prefix + "encoder.layer.0.";
        attention(names, block);
        names.norm(block + "norm1", 4)
                .norm(block + "norm2", 4)
                .add(block + "layer_scale1.lambda1", 4)
                .add(block + "layer_scale2.lambda1", 4);
        if (gated) {
            names.linear(block + "mlp.weights_in", 16, 4).linear(block + "mlp.weights_out", 4, 8);
        } else {
            names.linear(block + "mlp.fc1", 8, 4).linear(block + "mlp.fc2", 4, 8);
        }
        return names.norm(prefix + "layernorm", 4);
    }

    static UpstreamNames dinov2Registers(boolean gated) {
        return dinov2("dinov2_with_registers.", gated)
                .add("dinov2_with_registers.embeddings.register_tokens", 1, 4, 4)
                .linear("classifier", 3, 8);
    }

    static UpstreamNames clip() {
        UpstreamNames names = new UpstreamNames()
                .add("logit_scale")
                .add("text_model.embeddings.token_embedding.weight", 11, 4)
                .linear("text_model.encoder.layers.0.self_attn.q_proj", 4, 4)
                .norm("text_model.final_layer_norm", 4)
                .add("vision_model.embeddings.class_embedding", 4)
                .add("vision_model.embeddings.patch_embedding.weight", 4, 3, 2, 2)
                .add("vision_model.embeddings.position_embedding.weight", 5, 4)
                .norm("vision_model.pre_layrnorm", 4);
        names.integers("vision_model.embeddings.position_ids", 1, 5);
        String block = "vision_model.encoder.layers.0.";
        for (String part : new String[] {"k_proj", "v_proj", "q_proj", "out_proj"}) {
            names.linear(block + "self_attn." + part, 4, 4);
        }
        return names.norm(block + "layer_norm1", 4)
                .linear(block + "mlp.fc1", 8, 4)
                .linear(block + "mlp.fc2", 4, 8)
                .norm(block + "layer_norm2", 4)
                .norm("vision_model.post_layernorm", 4)
                .add("visual_projection.weight", 6, 4)
                .add("text_projection.weight", 6, 4);
    }

    static UpstreamNames swin() {
        UpstreamNames names = new UpstreamNames()
                .convolution("swin.embeddings.patch_embeddings.projection", 4, 3, 2, 2)
                .norm("swin.embeddings.norm", 4);
        for (int stage = 0; stage < 2; stage++) {
            long d = 4L << stage;
            String block = "swin.encoder.layers." + stage + ".blocks.0.";
            names.norm(block + "layernorm_before", d).add(block + "attention.self.relative_position_bias_table", 9, 2);
            names.integers(block + "attention.self.relative_position_index", 4, 4);
            names.linear(block + "attention.self.query", d, d)
                    .linear(block + "attention.self.key", d, d)
                    .linear(block + "attention.self.value", d, d)
                    .linear(block + "attention.output.dense", d, d)
                    .norm(block + "layernorm_after", d)
                    .linear(block + "intermediate.dense", 4 * d, d)
                    .linear(block + "output.dense", d, 4 * d);
        }
        return names.add("swin.encoder.layers.0.downsample.reduction.weight", 8, 16)
                .norm("swin.encoder.layers.0.downsample.norm", 16)
                .norm("swin.layernorm", 8)
                .linear("classifier", 3, 8);
    }

    static UpstreamNames swinAuthors() {
        UpstreamNames names =
                new UpstreamNames().convolution("patch_embed.proj", 4, 3, 2, 2).norm("patch_embed.norm", 4);
        for (int stage = 0; stage < 2; stage++) {
            long d = 4L << stage;
            String block = "layers." + stage + ".blocks.0.";
            names.norm(block + "norm1", d).add(block + "attn.relative_position_bias_table", 9, 2);
            names.integers(block + "attn.relative_position_index", 4, 4);
            names.linear(block + "attn.qkv", 3 * d, d)
                    .linear(block + "attn.proj", d, d)
                    .norm(block + "norm2", d)
                    .linear(block + "mlp.fc1", 4 * d, d)
                    .linear(block + "mlp.fc2", d, 4 * d);
        }
        return names.add("layers.0.blocks.0.attn_mask", 1, 4, 4)
                .add("layers.0.downsample.reduction.weight", 8, 16)
                .norm("layers.0.downsample.norm", 16)
                .norm("norm", 8)
                .linear("head", 3, 8);
    }

    static UpstreamNames convnext() {
        UpstreamNames names = new UpstreamNames()
                .convolution("convnext.embeddings.patch_embeddings", 4, 3, 4, 4)
                .norm("convnext.embeddings.layernorm", 4);
        for (int stage = 0; stage < 2; stage++) {
            long d = 4L << stage;
            String block = "convnext.encoder.stages." + stage + ".layers.0.";
            names.add(block + "layer_scale_parameter", d)
                    .convolution(block + "dwconv", d, 1, 7, 7)
                    .norm(block + "layernorm", d)
                    .linear(block + "pwconv1", 4 * d, d)
                    .linear(block + "pwconv2", d, 4 * d);
        }
        return names.norm("convnext.encoder.stages.1.downsampling_layer.0", 4)
                .convolution("convnext.encoder.stages.1.downsampling_layer.1", 8, 4, 2, 2)
                .norm("convnext.layernorm", 8)
                .linear("classifier", 3, 8);
    }

    static UpstreamNames convnextAuthors() {
        UpstreamNames names = new UpstreamNames()
                .convolution("downsample_layers.0.0", 4, 3, 4, 4)
                .norm("downsample_layers.0.1", 4)
                .norm("downsample_layers.1.0", 4)
                .convolution("downsample_layers.1.1", 8, 4, 2, 2);
        for (int stage = 0; stage < 2; stage++) {
            long d = 4L << stage;
            String block = "stages." + stage + ".0.";
            names.add(block + "gamma", d)
                    .convolution(block + "dwconv", d, 1, 7, 7)
                    .norm(block + "norm", d)
                    .linear(block + "pwconv1", 4 * d, d)
                    .linear(block + "pwconv2", d, 4 * d);
        }
        return names.norm("norm", 8).linear("head", 3, 8);
    }

    static UpstreamNames clipAuthors() {
        String block = "transformer.resblocks.0.";
        return new UpstreamNames()
                .add("class_embedding", 4)
                .add("positional_embedding", 5, 4)
                .add("proj", 4, 6)
                .add("conv1.weight", 4, 3, 2, 2)
                .norm("ln_pre", 4)
                .norm(block + "ln_1", 4)
                .add(block + "attn.in_proj_weight", 12, 4)
                .add(block + "attn.in_proj_bias", 12)
                .linear(block + "attn.out_proj", 4, 4)
                .norm(block + "ln_2", 4)
                .linear(block + "mlp.c_fc", 8, 4)
                .linear(block + "mlp.c_proj", 4, 8)
                .norm("ln_post", 4);
    }

    static UpstreamNames torchvisionVit() {
        String block = "encoder.layers.encoder_layer_0.";
        return new UpstreamNames()
                .add("class_token", 1, 1, 4)
                .convolution("conv_proj", 4, 3, 2, 2)
                .add("encoder.pos_embedding", 1, 5, 4)
                .norm(block + "ln_1", 4)
                .add(block + "self_attention.in_proj_weight", 12, 4)
                .add(block + "self_attention.in_proj_bias", 12)
                .linear(block + "self_attention.out_proj", 4, 4)
                .norm(block + "ln_2", 4)
                .linear(block + "mlp.0", 8, 4)
                .linear(block + "mlp.3", 4, 8)
                .norm("encoder.ln", 4)
                .linear("heads.head", 3, 4);
    }

    static UpstreamNames torchvisionSwin() {
        UpstreamNames names = new UpstreamNames()
                .convolution("features.0.0", 4, 3, 2, 2)
                .norm("features.0.2", 4)
                .add("features.2.reduction.weight", 8, 16)
                .norm("features.2.norm", 16);
        for (int stage = 0; stage < 2; stage++) {
            long d = 4L << stage;
            String block = "features." + (2 * stage + 1) + ".0.";
            names.norm(block + "norm1", d).add(block + "attn.relative_position_bias_table", 9, 2);
            names.integers(block + "attn.relative_position_index", 16);
            names.linear(block + "attn.qkv", 3 * d, d)
                    .linear(block + "attn.proj", d, d)
                    .norm(block + "norm2", d)
                    .linear(block + "mlp.0", 4 * d, d)
                    .linear(block + "mlp.3", d, 4 * d);
        }
        return names.norm("norm", 8).linear("head", 3, 8);
    }

    static UpstreamNames torchvisionConvNeXt() {
        UpstreamNames names = new UpstreamNames()
                .convolution("features.0.0", 4, 3, 4, 4)
                .norm("features.0.1", 4)
                .norm("features.2.0", 4)
                .convolution("features.2.1", 8, 4, 2, 2);
        for (int stage = 0; stage < 2; stage++) {
            long d = 4L << stage;
            String block = "features." + (2 * stage + 1) + ".0.";
            names.add(block + "layer_scale", d, 1, 1)
                    .convolution(block + "block.0", d, 1, 7, 7)
                    .norm(block + "block.2", d)
                    .linear(block + "block.3", 4 * d, d)
                    .linear(block + "block.5", d, 4 * d);
        }
        return names.norm("classifier.0", 8).linear("classifier.2", 3, 8);
    }

    static UpstreamNames dinov2Authors(boolean registers, boolean gated) {
        UpstreamNames names = new UpstreamNames().add("cls_token", 1, 1, 4).add("pos_embed", 1, 5, 4);
        if (registers) {
            names.add("register_tokens", 1, 4, 4);
        }
        names.add("mask_token", 1, 4)
                .convolution("patch_embed.proj", 4, 3, 2, 2)
                .norm("blocks.0.norm1", 4)
                .linear("blocks.0.attn.qkv", 12, 4)
                .linear("blocks.0.attn.proj", 4, 4)
                .add("blocks.0.ls1.gamma", 4)
                .norm("blocks.0.norm2", 4);
        if (gated) {
            names.linear("blocks.0.mlp.w12", 16, 4).linear("blocks.0.mlp.w3", 4, 8);
        } else {
            names.linear("blocks.0.mlp.fc1", 8, 4).linear("blocks.0.mlp.fc2", 4, 8);
        }
        return names.add("blocks.0.ls2.gamma", 4).norm("norm", 4);
    }

    static UpstreamNames dinov3(boolean gated) {
        UpstreamNames names = new UpstreamNames()
                .add("embeddings.cls_token", 1, 1, 4)
                .add("embeddings.mask_token", 1, 1, 4)
                .add("embeddings.register_tokens", 1, 4, 4)
                .convolution("embeddings.patch_embeddings", 4, 3, 2, 2)
                .norm("layer.0.norm1", 4)
                .add("layer.0.attention.k_proj.weight", 4, 4)
                .linear("layer.0.attention.v_proj", 4, 4)
                .linear("layer.0.attention.q_proj", 4, 4)
                .linear("layer.0.attention.o_proj", 4, 4)
                .add("layer.0.layer_scale1.lambda1", 4)
                .norm("layer.0.norm2", 4);
        if (gated) {
            names.linear("layer.0.mlp.gate_proj", 8, 4);
        }
        return names.linear("layer.0.mlp.up_proj", 8, 4)
                .linear("layer.0.mlp.down_proj", 4, 8)
                .add("layer.0.layer_scale2.lambda1", 4)
                .norm("norm", 4);
    }

    static UpstreamNames dinov3Authors(boolean gated) {
        UpstreamNames names = new UpstreamNames()
                .add("cls_token", 1, 1, 4)
                .add("storage_tokens", 1, 4, 4)
                .add("mask_token", 1, 4)
                .convolution("patch_embed.proj", 4, 3, 2, 2)
                .add("rope_embed.periods", 1)
                .norm("blocks.0.norm1", 4)
                .linear("blocks.0.attn.qkv", 12, 4)
                .add("blocks.0.attn.qkv.bias_mask", 12)
                .linear("blocks.0.attn.proj", 4, 4)
                .add("blocks.0.ls1.gamma", 4)
                .norm("blocks.0.norm2", 4);
        if (gated) {
            names.linear("blocks.0.mlp.w1", 8, 4)
                    .linear("blocks.0.mlp.w2", 8, 4)
                    .linear("blocks.0.mlp.w3", 4, 8)
                    .norm("local_cls_norm", 4);
        } else {
            names.linear("blocks.0.mlp.fc1", 8, 4).linear("blocks.0.mlp.fc2", 4, 8);
        }
        return names.add("blocks.0.ls2.gamma", 4).norm("norm", 4);
    }

    private static UpstreamNames embeddings(String prefix, long tokens) {
        return new UpstreamNames()
                .add(prefix + "embeddings.cls_token", 1, 1, 4)
                .add(prefix + "embeddings.position_embeddings", 1, tokens, 4)
                .convolution(prefix + "embeddings.patch_embeddings.projection", 4, 3, 2, 2);
    }

    private static void block(UpstreamNames names, String block) {
        attention(names, block);
        names.linear(block + "intermediate.dense", 8, 4)
                .linear(block + "output.dense", 4, 8)
                .norm(block + "layernorm_before", 4)
                .norm(block + "layernorm_after", 4);
    }

    private static void attention(UpstreamNames names, String block) {
        names.linear(block + "attention.attention.query", 4, 4)
                .linear(block + "attention.attention.key", 4, 4)
                .linear(block + "attention.attention.value", 4, 4)
                .linear(block + "attention.output.dense", 4, 4);
    }
}
