package dev.inlay.backbone.vit;

import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.NetworkLayout;
import dev.inlay.backbone.TunableParameter.Kind;
import java.util.List;

/** Which parameters a ViT has under timm's names, and which tunable parameters they hold, both in registration order. */
public final class VitLayout {
    private VitLayout() {}

    /** Returns the tunable parameters, q, k and v apart, and the places of a ViT. */
    public static NetworkLayout of(VitSpec spec) {
        NetworkLayout.Builder layout = new NetworkLayout.Builder();
        addSites(layout, spec);
        addPlaces(layout, spec);
        return layout.build();
    }

    /**
     * What published networks with the tensors of such a ViT compute that no tensor shows: queries and keys without a bias for
     * keys beside a position table are those of EVA, whose successors rotate them, too; without a table, a rotation as in
     * DINOv3 comes with registers.
     */
    static List<String> notComputed(VitOptions options) {
        boolean keyless = options.qkvBias() == VitOptions.QkvBias.QUERY_VALUE;
        if (keyless && !options.rope() && options.mlp() != VitOptions.Mlp.GELU) {
            return List.of("q_bias and v_bias with a gated MLP and pos_embed are EVA-02's,"
                    + " which also rotates queries and keys; Inlay does not compute that");
        }
        if (keyless && !options.rope() && options.layerScale()) {
            return List.of("q_bias and v_bias with LayerScale and pos_embed are a RoPE ViT's,"
                    + " which also rotates queries and keys; Inlay does not compute that");
        }
        if (options.rope() && options.regTokens() == 0) {
            return List.of("no pos_embed and no reg_token are a RoPE ViT's,"
                    + " whose rotation is not DINOv3's; Inlay does not compute that");
        }
        return List.of();
    }

    private static void addSites(NetworkLayout.Builder layout, VitSpec spec) {
        long d = spec.embedDim();
        long patch = spec.patchSize();
        VitOptions options = spec.options();
        layout.site(Kind.CLASS_TOKEN, -1, "cls_token", "cls_token", 1, 1, d);
        if (options.regTokens() > 0) {
            layout.site(Kind.TOKENS, -1, "reg_token", "reg_token", 1, options.regTokens(), d);
        }
        if (!options.rope()) {
            layout.site(Kind.POSITION_TABLE, -1, "pos_embed", "pos_embed", 1, spec.positions(), d);
        }
        if (options.distilled()) {
            layout.site(Kind.TOKENS, -1, "dist_token", "dist_token", 1, 1, d);
        }
        layout.site(Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.weight", d, 3, patch, patch);
        if (options.preNorm()) {
            layout.norm(-1, "", "norm_pre", d);
        } else {
            layout.site(Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.bias", d);
        }
        for (int i = 0; i < spec.depth(); i++) {
            addBlock(layout, i, spec);
        }
        layout.norm(-1, "", options.lastNorm(), d);
    }

    private static void addBlock(NetworkLayout.Builder layout, int block, VitSpec spec) {
        VitOptions options = spec.options();
        String prefix = "blocks." + block + ".";
        long d = spec.embedDim();
        if (options.rope()) {
            addScale(layout, block, 1, spec);
            addScale(layout, block, 2, spec);
        }
        layout.norm(block, prefix, "norm1", d);
        addAttention(layout, block, options.qkvBias(), d);
        if (!options.rope()) {
            addScale(layout, block, 1, spec);
        }
        layout.norm(block, prefix, "norm2", d);
        for (String first : options.firstLayers()) {
            layout.linear(block, prefix, first, spec.mlpHidden(), d);
        }
        layout.linear(block, prefix, "mlp.fc2", d, spec.mlpInner());
        if (!options.rope()) {
            addScale(layout, block, 2, spec);
        }
    }

    /** Query, key and value, then what follows them. */
    private static void addAttention(NetworkLayout.Builder layout, int block, VitOptions.QkvBias bias, long d) {
        String attn = "blocks." + block + ".attn.";
        if (bias == VitOptions.QkvBias.QUERY_VALUE) {
            layout.rows(Kind.VECTOR, block, "attn.q", attn + "q.bias", attn + "q_bias", 0, d);
            layout.rows(Kind.VECTOR, block, "attn.v", attn + "v.bias", attn + "v_bias", 0, d);
        }
        for (int i = 0; i < 3; i++) {
            char part = "qkv".charAt(i);
            String operation = "attn." + part;
            layout.rows(Kind.MATRIX, block, operation, attn + part + ".weight", attn + "qkv.weight", i * d, d, d);
            if (bias == VitOptions.QkvBias.ALL) {
                layout.rows(Kind.VECTOR, block, operation, attn + part + ".bias", attn + "qkv.bias", i * d, d);
            }
        }
        layout.linear(block, "blocks." + block + ".", "attn.proj", d, d);
    }

    private static void addScale(NetworkLayout.Builder layout, int block, int number, VitSpec spec) {
        if (spec.options().layerScale()) {
            String scale = spec.options().scale(number);
            String operation = scale.replace(".gamma", "");
            layout.site(Kind.VECTOR, block, operation, "blocks." + block + "." + scale, spec.embedDim());
        }
    }

    private static void addPlaces(NetworkLayout.Builder layout, VitSpec spec) {
        VitOptions options = spec.options();
        int d = spec.embedDim();
        int patch = 3 * spec.patchSize() * spec.patchSize();
        layout.place(HookPoint.Kind.PATCHES, -1, "", "patch_embed", patch, d);
        if (options.preNorm()) {
            layout.place(HookPoint.Kind.NORM, -1, "", "norm_pre", d, d);
        }
        for (int i = 0; i < spec.depth(); i++) {
            layout.transformerBlock(i, "blocks." + i, options.firstLayers(), d, spec.mlpHidden(), spec.mlpInner());
        }
        layout.place(HookPoint.Kind.NORM, -1, "", options.lastNorm(), d, d);
    }
}
