package dev.inlay.backbone.swin;

import dev.inlay.backbone.BiasGrid;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.NetworkLayout;
import dev.inlay.backbone.TunableParameter.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which parameters a Swin Transformer has under timm's names, and which tunable parameters they hold, both in registration order.
 * Blocks are counted through all stages. What merges patches in front of a stage belongs to the first block of that stage.
 */
public final class SwinLayout {
    /** The name of the table of position biases inside a block. */
    static final String TABLE = "attn.relative_position_bias_table";

    private static final String REDUCTION = "downsample.reduction";

    private SwinLayout() {}

    /** Returns the tunable parameters, q, k and v apart, and the places of a Swin Transformer. */
    public static NetworkLayout of(SwinSpec spec) {
        NetworkLayout.Builder layout = new NetworkLayout.Builder();
        addSites(layout, spec);
        addPlaces(layout, spec);
        return layout.build();
    }

    /** Name to grid of every table of position biases. */
    static Map<String, BiasGrid> biasGrids(SwinSpec spec) {
        Map<String, BiasGrid> grids = new LinkedHashMap<>();
        for (SwinStage stage : spec.stages()) {
            for (int i = 0; i < stage.depth(); i++) {
                grids.put(stage.blockName(i) + "." + TABLE, stage.biasGrid());
            }
        }
        return grids;
    }

    private static void addSites(NetworkLayout.Builder layout, SwinSpec spec) {
        long patch = spec.patchSize();
        String filters = "patch_embed.proj.weight";
        layout.site(Kind.PATCH_FILTERS, -1, "patch_embed", filters, spec.firstDim(), 3, patch, patch);
        layout.site(Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.bias", spec.firstDim());
        layout.norm(-1, "", "patch_embed.norm", spec.firstDim());
        for (SwinStage stage : spec.stages()) {
            if (stage.number() > 0) {
                int first = stage.firstBlock();
                long merged = 2L * stage.dim();
                layout.norm(first, prefix(stage), "downsample.norm", merged);
                layout.site(Kind.MATRIX, first, REDUCTION, prefix(stage) + REDUCTION + ".weight", stage.dim(), merged);
            }
            for (int i = 0; i < stage.depth(); i++) {
                addBlock(layout, stage, i);
            }
        }
        layout.norm(-1, "", "norm", spec.embedDim());
    }

    private static String prefix(SwinStage stage) {
        return "layers." + stage.number() + ".";
    }

    private static void addBlock(NetworkLayout.Builder layout, SwinStage stage, int index) {
        int block = stage.firstBlock() + index;
        String prefix = stage.blockName(index) + ".";
        long d = stage.dim();
        layout.norm(block, prefix, "norm1", d);
        long distances = stage.biasGrid().distances();
        layout.site(Kind.POSITION_BIAS, block, "attn", prefix + TABLE, distances, stage.heads());
        String fused = prefix + "attn.qkv.";
        for (int part = 0; part < 3; part++) {
            String operation = "attn." + "qkv".charAt(part);
            String name = prefix + operation + ".";
            layout.rows(Kind.MATRIX, block, operation, name + "weight", fused + "weight", part * d, d, d);
            layout.rows(Kind.VECTOR, block, operation, name + "bias", fused + "bias", part * d, d);
        }
        layout.linear(block, prefix, "attn.proj", d, d);
        layout.norm(block, prefix, "norm2", d);
        layout.linear(block, prefix, "mlp.fc1", stage.mlpHidden(), d);
        layout.linear(block, prefix, "mlp.fc2", d, stage.mlpHidden());
    }

    private static void addPlaces(NetworkLayout.Builder layout, SwinSpec spec) {
        int first = spec.firstDim();
        int patch = 3 * spec.patchSize() * spec.patchSize();
        layout.place(HookPoint.Kind.PATCHES, -1, "", "patch_embed", patch, first);
        layout.place(HookPoint.Kind.NORM, -1, "", "patch_embed.norm", first, first);
        for (SwinStage stage : spec.stages()) {
            int d = stage.dim();
            if (stage.number() > 0) {
                layout.place(HookPoint.Kind.NORM, stage.firstBlock(), prefix(stage), "downsample.norm", 2 * d, 2 * d);
                layout.place(HookPoint.Kind.LINEAR, stage.firstBlock(), prefix(stage), REDUCTION, 2 * d, d);
            }
            for (int i = 0; i < stage.depth(); i++) {
                layout.transformerBlock(
                        stage.firstBlock() + i,
                        stage.blockName(i),
                        List.of("mlp.fc1"),
                        d,
                        stage.mlpHidden(),
                        stage.mlpHidden());
            }
        }
        layout.place(HookPoint.Kind.NORM, -1, "", "norm", spec.embedDim(), spec.embedDim());
    }
}
