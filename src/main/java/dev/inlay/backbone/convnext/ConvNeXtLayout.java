package dev.inlay.backbone.convnext;

import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.NetworkLayout;
import dev.inlay.backbone.TunableParameter.Kind;

/**
 * Which parameters a ConvNeXt has under timm's names, and which tunable parameters they hold, both in registration order. Blocks are
 * counted through all stages. What halves the image in front of a stage belongs to the first block of that stage; it is a
 * linear layer over squares of 2 × 2 tokens.
 */
public final class ConvNeXtLayout {
    /** Side of the depth-wise filters, tokens. */
    static final int KERNEL = 7;

    static final String STEM_CONV = "stem.0";
    static final String STEM_NORM = "stem.1";
    static final String HEAD_NORM = "head.norm";

    private static final String DOWNSAMPLE_NORM = "downsample.0";
    private static final String DOWNSAMPLE_CONV = "downsample.1";

    private ConvNeXtLayout() {}

    /** Returns the tunable parameters and places of a ConvNeXt. */
    public static NetworkLayout of(ConvNeXtSpec spec) {
        NetworkLayout.Builder layout = new NetworkLayout.Builder();
        addSites(layout, spec);
        addPlaces(layout, spec);
        return layout.build();
    }

    private static void addSites(NetworkLayout.Builder layout, ConvNeXtSpec spec) {
        long patch = spec.patchSize();
        layout.site(Kind.PATCH_FILTERS, -1, STEM_CONV, STEM_CONV + ".weight", spec.firstDim(), 3, patch, patch);
        layout.site(Kind.PATCH_FILTERS, -1, STEM_CONV, STEM_CONV + ".bias", spec.firstDim());
        layout.norm(-1, "", STEM_NORM, spec.firstDim());
        int before = spec.firstDim();
        for (ConvNeXtStage stage : spec.stages()) {
            if (stage.number() > 0) {
                int first = stage.firstBlock();
                long side = ConvNeXtStage.DOWNSAMPLING;
                String prefix = "stages." + stage.number() + ".";
                layout.norm(first, prefix, DOWNSAMPLE_NORM, before);
                String conv = prefix + DOWNSAMPLE_CONV;
                layout.site(Kind.MATRIX, first, DOWNSAMPLE_CONV, conv + ".weight", stage.dim(), before, side, side);
                layout.site(Kind.VECTOR, first, DOWNSAMPLE_CONV, conv + ".bias", stage.dim());
            }
            for (int i = 0; i < stage.depth(); i++) {
                addBlock(layout, stage, i);
            }
            before = stage.dim();
        }
        layout.norm(-1, "", HEAD_NORM, spec.embedDim());
    }

    private static void addBlock(NetworkLayout.Builder layout, ConvNeXtStage stage, int index) {
        int block = stage.firstBlock() + index;
        String prefix = stage.blockName(index) + ".";
        long d = stage.dim();
        layout.site(Kind.VECTOR, block, "gamma", prefix + "gamma", d);
        layout.site(Kind.DEPTHWISE_FILTERS, block, "conv_dw", prefix + "conv_dw.weight", d, 1, KERNEL, KERNEL);
        layout.site(Kind.VECTOR, block, "conv_dw", prefix + "conv_dw.bias", d);
        layout.norm(block, prefix, "norm", d);
        layout.linear(block, prefix, "mlp.fc1", stage.mlpHidden(), d);
        layout.linear(block, prefix, "mlp.fc2", d, stage.mlpHidden());
    }

    private static void addPlaces(NetworkLayout.Builder layout, ConvNeXtSpec spec) {
        int first = spec.firstDim();
        int patch = 3 * spec.patchSize() * spec.patchSize();
        layout.place(HookPoint.Kind.PATCHES, -1, "", STEM_CONV, patch, first);
        layout.place(HookPoint.Kind.NORM, -1, "", STEM_NORM, first, first);
        int before = first;
        for (ConvNeXtStage stage : spec.stages()) {
            int d = stage.dim();
            if (stage.number() > 0) {
                String prefix = "stages." + stage.number() + ".";
                int square = ConvNeXtStage.DOWNSAMPLING * ConvNeXtStage.DOWNSAMPLING * before;
                layout.place(HookPoint.Kind.NORM, stage.firstBlock(), prefix, DOWNSAMPLE_NORM, before, before);
                layout.place(HookPoint.Kind.LINEAR, stage.firstBlock(), prefix, DOWNSAMPLE_CONV, square, d);
            }
            for (int i = 0; i < stage.depth(); i++) {
                int block = stage.firstBlock() + i;
                String prefix = stage.blockName(i) + ".";
                layout.place(HookPoint.Kind.NORM, block, prefix, "norm", d, d);
                layout.place(HookPoint.Kind.LINEAR, block, prefix, "mlp.fc1", d, stage.mlpHidden());
                layout.place(HookPoint.Kind.LINEAR, block, prefix, "mlp.fc2", stage.mlpHidden(), d);
                layout.place(HookPoint.Kind.MLP, block, prefix, "mlp", d, d);
                layout.place(HookPoint.Kind.BLOCK, block, stage.blockName(i), "", d, d);
            }
            before = d;
        }
        layout.place(HookPoint.Kind.NORM, -1, "", HEAD_NORM, spec.embedDim(), spec.embedDim());
    }
}
