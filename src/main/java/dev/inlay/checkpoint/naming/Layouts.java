package dev.inlay.checkpoint.naming;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The layouts that are read, from {@code modeling_*.py} and {@code convert_*.py} of
 * <a href="https://github.com/huggingface/transformers">transformers</a> and the {@code checkpoint_filter_fn} of
 * <a href="https://github.com/huggingface/pytorch-image-models">timm</a>'s models, and from the models of
 * <a href="https://github.com/pytorch/vision">torchvision</a>. Google's {@code .npz} has numbers of
 * heads in its shapes and is {@link GoogleVit}'s.
 */
public final class Layouts {
    private static final String MASK_TOKEN = "the token of masked patches, which only pre-training uses";
    private static final String DECODER = "the decoder of the pre-training";
    private static final String PROJECTION = "a head of several layers, which projects and is no classifier";
    private static final String POOLER = "the layer before the head, which timm does not have";
    private static final String BUFFER = "made anew from the sizes of the network";
    private static final String TEXT = "the text tower, which images do not pass";
    private static final int TORCHVISION_STAGES = 4;
    private static final List<String> QKV = List.of("query.{p}", "key.{p}", "value.{p}");
    private static final List<String> QKV_5 = List.of("q_proj.{p}", "k_proj.{p}", "v_proj.{p}");

    /** timm's own names; every name is taken as it is. */
    public static final CheckpointLayout TIMM = CheckpointLayout.ofAuthors("timm's names")
            .rename("{rest}", "{rest}")
            .drop("mask_token", MASK_TOKEN)
            .drop("decoder_{rest}", DECODER)
            .drop("head.{i}.{rest}", PROJECTION)
            .drop("head.mlp.{rest}", PROJECTION)
            .drop("head.last_layer.{rest}", PROJECTION)
            .drop("pre_logits.{rest}", POOLER)
            .drop("layers.{s}.blocks.{i}.attn_mask", BUFFER)
            .drop("layers.{s}.blocks.{i}.attn.relative_position_index", BUFFER);

    /** ViT, as transformers writes it. */
    public static final CheckpointLayout VIT = encoder(
                    vitEmbeddings("transformers' ViT", "vit.", "encoder.layer.0.attention.attention.query.weight"))
            .renameHead("head.{p}", "classifier.{p}")
            .drop("decoder.{rest}", DECODER);

    /** ViT, as transformers 5 names its modules. */
    public static final CheckpointLayout VIT_5 = encoder5(
                    vitEmbeddings("transformers 5's ViT", "vit.", "layers.0.attention.q_proj.weight"))
            .renameHead("head.{p}", "classifier.{p}")
            .drop("decoder.{rest}", DECODER);

    /** DeiT with a distillation token, as transformers writes it. */
    public static final CheckpointLayout DEIT =
            deitHeads(encoder(vitEmbeddings("transformers' DeiT", "deit.", "embeddings.distillation_token")));

    /** DeiT with a distillation token, as transformers 5 names its modules. */
    public static final CheckpointLayout DEIT_5 = deitHeads(encoder5(vitEmbeddings(
            "transformers 5's DeiT", "deit.", "embeddings.distillation_token", "layers.0.attention.q_proj.weight")));

    /** DINOv2, as transformers writes it. */
    public static final CheckpointLayout DINOV2 = withPositions(dinov2("", false, false));

    /** DINOv2 with gated MLPs (SwiGLU), as transformers writes it. */
    public static final CheckpointLayout DINOV2_SWIGLU = withPositions(dinov2("", true, false));

    /** DINOv2 with register tokens, as transformers writes it. */
    public static final CheckpointLayout DINOV2_REGISTERS = withRegisters(dinov2("_with_registers", false, false));

    /** DINOv2 with register tokens and gated MLPs, as transformers writes it. */
    public static final CheckpointLayout DINOV2_REGISTERS_SWIGLU =
            withRegisters(dinov2("_with_registers", true, false));

    /** DINOv2, as transformers 5 names its modules. */
    public static final CheckpointLayout DINOV2_5 = withPositions(dinov2("", false, true));

    /** DINOv2 with gated MLPs (SwiGLU), as transformers 5 names its modules. */
    public static final CheckpointLayout DINOV2_SWIGLU_5 = withPositions(dinov2("", true, true));

    /** DINOv2 with register tokens, as transformers 5 names its modules. */
    public static final CheckpointLayout DINOV2_REGISTERS_5 = withRegisters(dinov2("_with_registers", false, true));

    /** DINOv2 with register tokens and gated MLPs, as transformers 5 names its modules. */
    public static final CheckpointLayout DINOV2_REGISTERS_SWIGLU_5 =
            withRegisters(dinov2("_with_registers", true, true));

    /** DINOv3, as transformers writes it. */
    public static final CheckpointLayout DINOV3 = dinov3("transformers' DINOv3")
            .rename("blocks.{i}.mlp.fc1.{p}", "layer.{i}.mlp.up_proj.{p}")
            .rename("blocks.{i}.mlp.fc2.{p}", "layer.{i}.mlp.down_proj.{p}");

    /** DINOv3 with gated MLPs (SwiGLU), as transformers writes it. */
    public static final CheckpointLayout DINOV3_SWIGLU = dinov3(
                    "transformers' DINOv3, SwiGLU", "layer.0.mlp.gate_proj.weight")
            .rename("blocks.{i}.mlp.fc1_g.{p}", "layer.{i}.mlp.gate_proj.{p}")
            .rename("blocks.{i}.mlp.fc1_x.{p}", "layer.{i}.mlp.up_proj.{p}")
            .rename("blocks.{i}.mlp.fc2.{p}", "layer.{i}.mlp.down_proj.{p}");

    /** The vision tower of CLIP, as transformers writes it. */
    public static final CheckpointLayout CLIP = CheckpointLayout.ofTransformers(
                    "transformers' CLIP", "vision_model.", "embeddings.class_embedding")
            .make("cls_token", Change.TOKEN, "embeddings.class_embedding")
            .make("pos_embed", Change.TABLE, "embeddings.position_embedding.weight")
            .rename("patch_embed.proj.{p}", "embeddings.patch_embedding.{p}")
            .rename("norm_pre.{p}", "pre_layrnorm.{p}")
            .rename("blocks.{i}.norm1.{p}", "encoder.layers.{i}.layer_norm1.{p}")
            .make(
                    "blocks.{i}.attn.qkv.{p}",
                    Change.FUSED,
                    "encoder.layers.{i}.self_attn.q_proj.{p}",
                    "encoder.layers.{i}.self_attn.k_proj.{p}",
                    "encoder.layers.{i}.self_attn.v_proj.{p}")
            .rename("blocks.{i}.attn.proj.{p}", "encoder.layers.{i}.self_attn.out_proj.{p}")
            .rename("blocks.{i}.norm2.{p}", "encoder.layers.{i}.layer_norm2.{p}")
            .rename("blocks.{i}.mlp.fc1.{p}", "encoder.layers.{i}.mlp.fc1.{p}")
            .rename("blocks.{i}.mlp.fc2.{p}", "encoder.layers.{i}.mlp.fc2.{p}")
            .rename("norm.{p}", "post_layernorm.{p}")
            .dropOwn("embeddings.position_ids", BUFFER)
            .drop("text_model.{rest}", TEXT)
            .drop("text_projection.{rest}", TEXT)
            .drop("visual_projection.{rest}", "the projection to where texts and images meet")
            .drop("logit_scale", "the temperature between texts and images")
            .drop(
                    "classifier.{rest}",
                    "the classifier of CLIPForImageClassification, which pools patches, where timm's head reads the class token");

    /** Swin, as transformers writes it. */
    public static final CheckpointLayout SWIN = swin();

    /** Swin, as transformers 5 names its modules. */
    public static final CheckpointLayout SWIN_5 = swin5();

    /** Swin, as its authors wrote it: each stage ends with the merging that timm puts before the next. */
    public static final CheckpointLayout SWIN_AUTHORS = CheckpointLayout.ofAuthors(
                    "the Swin authors' names", "layers.0.downsample.reduction.weight")
            .rename("layers.{s+1}.downsample.{rest}", "layers.{s}.downsample.{rest}")
            .rename("head.fc.{p}", "head.{p}")
            .drop("head.{i}.{rest}", PROJECTION)
            .drop("layers.{s}.blocks.{i}.attn_mask", BUFFER)
            .drop("layers.{s}.blocks.{i}.attn.relative_position_index", BUFFER)
            .rename("{rest}", "{rest}");

    /** ConvNeXt, as transformers writes it. */
    public static final CheckpointLayout CONVNEXT = CheckpointLayout.ofTransformers(
                    "transformers' ConvNeXt", "convnext.", "encoder.stages.0.layers.0.dwconv.weight")
            .rename("stem.0.{p}", "embeddings.patch_embeddings.{p}")
            .rename("stem.1.{p}", "embeddings.layernorm.{p}")
            .rename("stages.{s}.downsample.{i}.{p}", "encoder.stages.{s}.downsampling_layer.{i}.{p}")
            .rename("stages.{s}.blocks.{i}.conv_dw.{p}", "encoder.stages.{s}.layers.{i}.dwconv.{p}")
            .rename("stages.{s}.blocks.{i}.norm.{p}", "encoder.stages.{s}.layers.{i}.layernorm.{p}")
            .rename("stages.{s}.blocks.{i}.mlp.fc1.{p}", "encoder.stages.{s}.layers.{i}.pwconv1.{p}")
            .rename("stages.{s}.blocks.{i}.mlp.fc2.{p}", "encoder.stages.{s}.layers.{i}.pwconv2.{p}")
            .rename("stages.{s}.blocks.{i}.gamma", "encoder.stages.{s}.layers.{i}.layer_scale_parameter")
            .rename("head.norm.{p}", "layernorm.{p}")
            .renameHead("head.fc.{p}", "classifier.{p}");

    /** ConvNeXt, as its authors wrote it. */
    public static final CheckpointLayout CONVNEXT_AUTHORS = CheckpointLayout.ofAuthors(
                    "the ConvNeXt authors' names", "downsample_layers.0.0.weight")
            .rename("stem.{i}.{p}", "downsample_layers.0.{i}.{p}")
            .rename("stages.{s}.downsample.{i}.{p}", "downsample_layers.{s}.{i}.{p}")
            .rename("stages.{s}.blocks.{i}.conv_dw.{p}", "stages.{s}.{i}.dwconv.{p}")
            .rename("stages.{s}.blocks.{i}.norm.{p}", "stages.{s}.{i}.norm.{p}")
            .rename("stages.{s}.blocks.{i}.mlp.fc1.{p}", "stages.{s}.{i}.pwconv1.{p}")
            .rename("stages.{s}.blocks.{i}.mlp.fc2.{p}", "stages.{s}.{i}.pwconv2.{p}")
            .rename("stages.{s}.blocks.{i}.gamma", "stages.{s}.{i}.gamma")
            .rename("head.norm.{p}", "norm.{p}")
            .rename("head.fc.{p}", "head.{p}");

    /** DINOv2 with gated MLPs, as its authors wrote it; without, its names are timm's. */
    public static final CheckpointLayout DINOV2_SWIGLU_AUTHORS = gated(
                    CheckpointLayout.ofAuthors("the DINOv2 authors' names, SwiGLU", "blocks.0.mlp.w12.weight"))
            .rename("{rest}", "{rest}")
            .drop("mask_token", MASK_TOKEN);

    /** DINOv2 with register tokens, as its authors wrote it. */
    public static final CheckpointLayout DINOV2_REGISTERS_AUTHORS = dinov2RegistersAuthors(
            CheckpointLayout.ofAuthors("the DINOv2 authors' names, registers", "register_tokens"));

    /** DINOv2 with register tokens and gated MLPs, as its authors wrote it. */
    public static final CheckpointLayout DINOV2_REGISTERS_SWIGLU_AUTHORS =
            dinov2RegistersAuthors(gated(CheckpointLayout.ofAuthors(
                    "the DINOv2 authors' names, registers and SwiGLU", "register_tokens", "blocks.0.mlp.w12.weight")));

    /** DINOv3, as its authors wrote it. */
    public static final CheckpointLayout DINOV3_AUTHORS =
            dinov3Authors(CheckpointLayout.ofAuthors("the DINOv3 authors' names", "storage_tokens"));

    /** DINOv3 with gated MLPs, as its authors wrote it. */
    public static final CheckpointLayout DINOV3_SWIGLU_AUTHORS = dinov3Authors(
            CheckpointLayout.ofAuthors("the DINOv3 authors' names, SwiGLU", "storage_tokens", "blocks.0.mlp.w1.weight")
                    .rename("blocks.{i}.mlp.fc1_g.{p}", "blocks.{i}.mlp.w1.{p}")
                    .rename("blocks.{i}.mlp.fc1_x.{p}", "blocks.{i}.mlp.w2.{p}")
                    .rename("blocks.{i}.mlp.fc2.{p}", "blocks.{i}.mlp.w3.{p}"));

    /** DeiT III, as its authors wrote it. */
    public static final CheckpointLayout DEIT_3_AUTHORS = CheckpointLayout.ofAuthors(
                    "the DeiT III authors' names", "pos_embed", "blocks.0.gamma_1")
            .rename("blocks.{i}.ls{s}.gamma", "blocks.{i}.gamma_{s}")
            .rename("{rest}", "{rest}");

    /** The vision tower of CLIP, as its authors and OpenCLIP wrote it. */
    public static final CheckpointLayout CLIP_AUTHORS = CheckpointLayout.ofAuthors(
                    "the CLIP authors' names", "conv1.weight", "class_embedding", "ln_pre.weight")
            .eps(1e-5)
            .make("cls_token", Change.TOKEN, "class_embedding")
            .make("pos_embed", Change.TABLE, "positional_embedding")
            .rename("patch_embed.proj.{p}", "conv1.{p}")
            .rename("norm_pre.{p}", "ln_pre.{p}")
            .rename("blocks.{i}.norm1.{p}", "transformer.resblocks.{i}.ln_1.{p}")
            .rename("blocks.{i}.attn.qkv.weight", "transformer.resblocks.{i}.attn.in_proj_weight")
            .rename("blocks.{i}.attn.qkv.bias", "transformer.resblocks.{i}.attn.in_proj_bias")
            .rename("blocks.{i}.attn.proj.{p}", "transformer.resblocks.{i}.attn.out_proj.{p}")
            .rename("blocks.{i}.ls{s}.gamma", "transformer.resblocks.{i}.ls_{s}.gamma")
            .rename("blocks.{i}.norm2.{p}", "transformer.resblocks.{i}.ln_2.{p}")
            .rename("blocks.{i}.mlp.fc1.{p}", "transformer.resblocks.{i}.mlp.c_fc.{p}")
            .rename("blocks.{i}.mlp.fc2.{p}", "transformer.resblocks.{i}.mlp.c_proj.{p}")
            .rename("norm.{p}", "ln_post.{p}")
            .drop("proj", "the projection to where texts and images meet");

    /** ViT, as torchvision writes it. */
    public static final CheckpointLayout TORCHVISION_VIT = CheckpointLayout.ofAuthors(
                    "torchvision's ViT", "conv_proj.weight", "encoder.layers.encoder_layer_0.ln_1.weight")
            .eps(1e-6)
            .rename("cls_token", "class_token")
            .rename("pos_embed", "encoder.pos_embedding")
            .rename("patch_embed.proj.{p}", "conv_proj.{p}")
            .rename("blocks.{i}.norm1.{p}", "encoder.layers.encoder_layer_{i}.ln_1.{p}")
            .rename("blocks.{i}.attn.qkv.weight", "encoder.layers.encoder_layer_{i}.self_attention.in_proj_weight")
            .rename("blocks.{i}.attn.qkv.bias", "encoder.layers.encoder_layer_{i}.self_attention.in_proj_bias")
            .rename("blocks.{i}.attn.proj.{p}", "encoder.layers.encoder_layer_{i}.self_attention.out_proj.{p}")
            .rename("blocks.{i}.norm2.{p}", "encoder.layers.encoder_layer_{i}.ln_2.{p}")
            .rename("blocks.{i}.mlp.fc1.{p}", "encoder.layers.encoder_layer_{i}.mlp.0.{p}")
            .rename("blocks.{i}.mlp.fc2.{p}", "encoder.layers.encoder_layer_{i}.mlp.3.{p}")
            .rename("blocks.{i}.mlp.fc1.{p}", "encoder.layers.encoder_layer_{i}.mlp.linear_1.{p}")
            .rename("blocks.{i}.mlp.fc2.{p}", "encoder.layers.encoder_layer_{i}.mlp.linear_2.{p}")
            .rename("norm.{p}", "encoder.ln.{p}")
            .rename("head.{p}", "heads.head.{p}");

    /** Swin, as torchvision writes it. */
    public static final CheckpointLayout TORCHVISION_SWIN = torchvisionSwin();

    /** ConvNeXt, as torchvision writes it. */
    public static final CheckpointLayout TORCHVISION_CONVNEXT = torchvisionConvNeXt();

    /** In the order of recognition: timm's, which takes any name, is the last. */
    private static final List<CheckpointLayout> ALL = List.of(
            DINOV2_REGISTERS_SWIGLU_5,
            DINOV2_REGISTERS_5,
            DINOV2_SWIGLU_5,
            DINOV2_5,
            DINOV2_REGISTERS_SWIGLU,
            DINOV2_REGISTERS,
            DINOV2_SWIGLU,
            DINOV2,
            DINOV3_SWIGLU,
            DINOV3,
            DEIT_5,
            DEIT,
            VIT,
            VIT_5,
            CLIP,
            SWIN,
            SWIN_5,
            CONVNEXT,
            SWIN_AUTHORS,
            CONVNEXT_AUTHORS,
            DINOV2_REGISTERS_SWIGLU_AUTHORS,
            DINOV2_REGISTERS_AUTHORS,
            DINOV2_SWIGLU_AUTHORS,
            DINOV3_SWIGLU_AUTHORS,
            DINOV3_AUTHORS,
            DEIT_3_AUTHORS,
            CLIP_AUTHORS,
            TORCHVISION_VIT,
            TORCHVISION_SWIN,
            TORCHVISION_CONVNEXT,
            TIMM);

    private Layouts() {}

    /** Every layout, in the order of recognition. */
    public static List<CheckpointLayout> all() {
        return ALL;
    }

    /** The layout of a checkpoint with these names; {@link #TIMM} if no other has a claim. */
    public static CheckpointLayout of(Set<String> names) {
        return ALL.stream()
                .filter(layout -> layout.recognises(names))
                .findFirst()
                .orElse(TIMM);
    }

    private static CheckpointLayout vitEmbeddings(String name, String prefix, String... marks) {
        return CheckpointLayout.ofTransformers(name, prefix, marks)
                .rename("cls_token", "embeddings.cls_token")
                .rename("pos_embed", "embeddings.position_embeddings")
                .rename("patch_embed.proj.{p}", "embeddings.patch_embeddings.projection.{p}")
                .rename("norm.{p}", "layernorm.{p}")
                .dropOwn("embeddings.mask_token", MASK_TOKEN)
                .dropOwn("pooler.{rest}", POOLER);
    }

    private static CheckpointLayout encoder(CheckpointLayout layout) {
        return attention(layout, "blocks.{i}.", "encoder.layer.{i}.", "attention.attention.")
                .rename("blocks.{i}.norm1.{p}", "encoder.layer.{i}.layernorm_before.{p}")
                .rename("blocks.{i}.norm2.{p}", "encoder.layer.{i}.layernorm_after.{p}")
                .rename("blocks.{i}.mlp.fc1.{p}", "encoder.layer.{i}.intermediate.dense.{p}")
                .rename("blocks.{i}.mlp.fc2.{p}", "encoder.layer.{i}.output.dense.{p}");
    }

    private static CheckpointLayout encoder5(CheckpointLayout layout) {
        return attention5(layout, "blocks.{i}.", "layers.{i}.")
                .rename("blocks.{i}.norm1.{p}", "layers.{i}.layernorm_before.{p}")
                .rename("blocks.{i}.norm2.{p}", "layers.{i}.layernorm_after.{p}")
                .rename("blocks.{i}.mlp.fc1.{p}", "layers.{i}.mlp.fc1.{p}")
                .rename("blocks.{i}.mlp.fc2.{p}", "layers.{i}.mlp.fc2.{p}");
    }

    private static CheckpointLayout deitHeads(CheckpointLayout layout) {
        return layout.rename("dist_token", "embeddings.distillation_token")
                .renameHead("head.{p}", "cls_classifier.{p}")
                .renameHead("head_dist.{p}", "distillation_classifier.{p}")
                .drop(
                        "classifier.{rest}",
                        "the classifier of DeiTForImageClassification, which reads the class token alone, where timm's distilled"
                                + " DeiT reads two tokens")
                .drop("decoder.{rest}", DECODER);
    }

    private static CheckpointLayout dinov2(String registers, boolean gated, boolean five) {
        String name = (five ? "transformers 5's DINOv2" : "transformers' DINOv2")
                + (registers.isEmpty() ? "" : " with registers")
                + (gated ? ", SwiGLU" : "");
        List<String> marks = new ArrayList<>(List.of("encoder.layer.0.layer_scale1.lambda1"));
        if (!registers.isEmpty()) {
            marks.add("embeddings.register_tokens");
        }
        if (gated) {
            marks.add("encoder.layer.0.mlp.weights_in.weight");
        }
        if (five) {
            marks.add("encoder.layer.0.attention.q_proj.weight");
        }
        CheckpointLayout layout =
                CheckpointLayout.ofTransformers(name, "dinov2" + registers + ".", marks.toArray(String[]::new));
        return (five
                        ? attention5(layout, "blocks.{i}.", "encoder.layer.{i}.")
                        : attention(layout, "blocks.{i}.", "encoder.layer.{i}.", "attention.attention."))
                .rename("patch_embed.proj.{p}", "embeddings.patch_embeddings.projection.{p}")
                .rename("blocks.{i}.norm1.{p}", "encoder.layer.{i}.norm1.{p}")
                .rename("blocks.{i}.ls{s}.gamma", "encoder.layer.{i}.layer_scale{s}.lambda1")
                .rename("blocks.{i}.norm2.{p}", "encoder.layer.{i}.norm2.{p}")
                .rename("blocks.{i}.mlp.fc1.{p}", "encoder.layer.{i}.mlp." + (gated ? "weights_in" : "fc1") + ".{p}")
                .rename("blocks.{i}.mlp.fc2.{p}", "encoder.layer.{i}.mlp." + (gated ? "weights_out" : "fc2") + ".{p}")
                .rename("norm.{p}", "layernorm.{p}")
                .dropOwn("embeddings.mask_token", MASK_TOKEN)
                .drop(
                        "classifier.{rest}",
                        "the classifier of Dinov2ForImageClassification, which reads class token and mean patch side by side (2 D numbers), where"
                                + " timm's head reads the class token");
    }

    private static CheckpointLayout dinov3(String name, String... marks) {
        List<String> all = new ArrayList<>(List.of("embeddings.register_tokens", "layer.0.layer_scale1.lambda1"));
        all.addAll(List.of(marks));
        return CheckpointLayout.ofTransformers(name, "", all.toArray(String[]::new))
                .rename("cls_token", "embeddings.cls_token")
                .rename("reg_token", "embeddings.register_tokens")
                .rename("patch_embed.proj.{p}", "embeddings.patch_embeddings.{p}")
                .rename("blocks.{i}.gamma_{s}", "layer.{i}.layer_scale{s}.lambda1")
                .rename("blocks.{i}.norm1.{p}", "layer.{i}.norm1.{p}")
                .rename("blocks.{i}.attn.q_bias", "layer.{i}.attention.q_proj.bias")
                .rename("blocks.{i}.attn.v_bias", "layer.{i}.attention.v_proj.bias")
                .make(
                        "blocks.{i}.attn.qkv.weight",
                        Change.FUSED,
                        "layer.{i}.attention.q_proj.weight",
                        "layer.{i}.attention.k_proj.weight",
                        "layer.{i}.attention.v_proj.weight")
                .rename("blocks.{i}.attn.proj.{p}", "layer.{i}.attention.o_proj.{p}")
                .rename("blocks.{i}.norm2.{p}", "layer.{i}.norm2.{p}")
                .rename("norm.{p}", "norm.{p}")
                .drop("embeddings.mask_token", MASK_TOKEN);
    }

    private static CheckpointLayout dinov3Authors(CheckpointLayout layout) {
        return layout.rename("reg_token", "storage_tokens")
                .rename("blocks.{i}.gamma_{s}", "blocks.{i}.ls{s}.gamma")
                .makeAll(
                        List.of("blocks.{i}.attn.q_bias", "blocks.{i}.attn.v_bias"),
                        Change.KEYLESS,
                        "blocks.{i}.attn.qkv.bias",
                        "blocks.{i}.attn.qkv.bias_mask")
                .rename("{rest}", "{rest}")
                .drop("mask_token", MASK_TOKEN)
                .drop("rope_embed.periods", BUFFER)
                .drop("local_cls_norm.{p}", "a norm of the class token that only pre-training uses");
    }

    private static CheckpointLayout withPositions(CheckpointLayout layout) {
        return layout.rename("cls_token", "embeddings.cls_token").rename("pos_embed", "embeddings.position_embeddings");
    }

    private static CheckpointLayout withRegisters(CheckpointLayout layout) {
        return layout.makeAll(
                        List.of("cls_token", "pos_embed"),
                        Change.POSITIONED,
                        "embeddings.cls_token",
                        "embeddings.position_embeddings")
                .rename("reg_token", "embeddings.register_tokens");
    }

    private static CheckpointLayout dinov2RegistersAuthors(CheckpointLayout layout) {
        return layout.makeAll(List.of("cls_token", "pos_embed"), Change.POSITIONED, "cls_token", "pos_embed")
                .rename("reg_token", "register_tokens")
                .rename("{rest}", "{rest}")
                .drop("mask_token", MASK_TOKEN);
    }

    private static CheckpointLayout gated(CheckpointLayout layout) {
        return layout.rename("blocks.{i}.mlp.fc1.{p}", "blocks.{i}.mlp.w12.{p}")
                .rename("blocks.{i}.mlp.fc2.{p}", "blocks.{i}.mlp.w3.{p}");
    }

    private static CheckpointLayout swin() {
        String timm = "layers.{s}.blocks.{i}.";
        String stored = "encoder.layers.{s}.blocks.{i}.";
        CheckpointLayout layout = CheckpointLayout.ofTransformers(
                "transformers' Swin", "swin.", "encoder.layers.0.blocks.0.attention.self.query.weight");
        return aroundSwinBlocks(attention(layout, timm, stored, "attention.self.")
                .rename(
                        timm + "attn.relative_position_bias_table",
                        stored + "attention.self.relative_position_bias_table")
                .rename(timm + "mlp.fc1.{p}", stored + "intermediate.dense.{p}")
                .rename(timm + "mlp.fc2.{p}", stored + "output.dense.{p}")
                .dropOwn(stored + "attention.self.relative_position_index", BUFFER));
    }

    private static CheckpointLayout swin5() {
        String timm = "layers.{s}.blocks.{i}.";
        String stored = "encoder.layers.{s}.blocks.{i}.";
        String bias = stored + "attention.relative_position_bias.";
        CheckpointLayout layout = CheckpointLayout.ofTransformers(
                "transformers 5's Swin", "swin.", "encoder.layers.0.blocks.0.attention.q_proj.weight");
        return aroundSwinBlocks(attention5(layout, timm, stored)
                .rename(timm + "attn.relative_position_bias_table", bias + "relative_position_bias_table")
                .rename(timm + "mlp.fc1.{p}", stored + "mlp.fc1.{p}")
                .rename(timm + "mlp.fc2.{p}", stored + "mlp.fc2.{p}")
                .dropOwn(bias + "relative_position_index", BUFFER));
    }

    private static CheckpointLayout aroundSwinBlocks(CheckpointLayout layout) {
        String timm = "layers.{s}.blocks.{i}.";
        String stored = "encoder.layers.{s}.blocks.{i}.";
        return layout.rename("patch_embed.proj.{p}", "embeddings.patch_embeddings.projection.{p}")
                .rename("patch_embed.norm.{p}", "embeddings.norm.{p}")
                .rename(timm + "norm1.{p}", stored + "layernorm_before.{p}")
                .rename(timm + "norm2.{p}", stored + "layernorm_after.{p}")
                .rename("layers.{s+1}.downsample.norm.{p}", "encoder.layers.{s}.downsample.norm.{p}")
                .rename("layers.{s+1}.downsample.reduction.{p}", "encoder.layers.{s}.downsample.reduction.{p}")
                .rename("norm.{p}", "layernorm.{p}")
                .renameHead("head.fc.{p}", "classifier.{p}")
                .dropOwn("embeddings.mask_token", MASK_TOKEN)
                .drop("decoder.{rest}", DECODER);
    }

    /** Modules 1, 3, … are the stages, 2, 4, … lead from one to the next. */
    private static CheckpointLayout torchvisionSwin() {
        CheckpointLayout layout = CheckpointLayout.ofAuthors(
                        "torchvision's Swin", "features.0.0.weight", "features.1.0.attn.qkv.weight")
                .eps(1e-5)
                .rename("patch_embed.proj.{p}", "features.0.0.{p}")
                .rename("patch_embed.norm.{p}", "features.0.2.{p}")
                .rename("norm.{p}", "norm.{p}")
                .rename("head.fc.{p}", "head.{p}");
        for (int stage = 0; stage < TORCHVISION_STAGES; stage++) {
            String timm = "layers." + stage + ".blocks.{i}.";
            String stored = "features." + (2 * stage + 1) + ".{i}.";
            for (String module : List.of("norm1", "attn.qkv", "attn.proj", "norm2")) {
                layout.rename(timm + module + ".{p}", stored + module + ".{p}");
            }
            layout.rename(timm + "attn.relative_position_bias_table", stored + "attn.relative_position_bias_table")
                    .rename(timm + "mlp.fc1.{p}", stored + "mlp.0.{p}")
                    .rename(timm + "mlp.fc2.{p}", stored + "mlp.3.{p}")
                    .drop(stored + "attn.relative_position_index", BUFFER);
            if (stage > 0) {
                layout.rename("layers." + stage + ".downsample.{rest}", "features." + 2 * stage + ".{rest}");
            }
        }
        return layout;
    }

    private static CheckpointLayout torchvisionConvNeXt() {
        CheckpointLayout layout = CheckpointLayout.ofAuthors(
                        "torchvision's ConvNeXt", "features.0.0.weight", "features.1.0.layer_scale")
                .eps(1e-6)
                .rename("stem.{i}.{p}", "features.0.{i}.{p}")
                .rename("head.norm.{p}", "classifier.0.{p}")
                .rename("head.fc.{p}", "classifier.2.{p}");
        for (int stage = 0; stage < TORCHVISION_STAGES; stage++) {
            String timm = "stages." + stage + ".blocks.{i}.";
            String stored = "features." + (2 * stage + 1) + ".{i}.";
            layout.rename(timm + "conv_dw.{p}", stored + "block.0.{p}")
                    .rename(timm + "norm.{p}", stored + "block.2.{p}")
                    .rename(timm + "mlp.fc1.{p}", stored + "block.3.{p}")
                    .rename(timm + "mlp.fc2.{p}", stored + "block.5.{p}")
                    .make(timm + "gamma", Change.CHANNELS, stored + "layer_scale");
            if (stage > 0) {
                layout.rename("stages." + stage + ".downsample.{i}.{p}", "features." + 2 * stage + ".{i}.{p}");
            }
        }
        return layout;
    }

    private static CheckpointLayout attention5(CheckpointLayout layout, String timm, String stored) {
        return layout.make(
                        timm + "attn.qkv.{p}",
                        Change.FUSED,
                        QKV_5.stream().map(part -> stored + "attention." + part).toArray(String[]::new))
                .rename(timm + "attn.proj.{p}", stored + "attention.o_proj.{p}");
    }

    private static CheckpointLayout attention(CheckpointLayout layout, String timm, String stored, String qkv) {
        return layout.make(
                        timm + "attn.qkv.{p}",
                        Change.FUSED,
                        QKV.stream().map(part -> stored + qkv + part).toArray(String[]::new))
                .rename(timm + "attn.proj.{p}", stored + "attention.output.dense.{p}");
    }
}
