package dev.inlay.backbone.convnext;

import dev.inlay.backbone.ExpectedTensors;
import dev.inlay.backbone.ExpectedTensors.Head;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.Site.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which parameters a ConvNeXt has under timm's names, and which sites they hold, both in registration order. Blocks are
 * counted through all stages. What halves the picture in front of a stage belongs to the first block of that stage; it is a
 * linear product over squares of 2 × 2 tokens.
 */
public final class ConvNeXtLayout {
    static final Head HEAD = new Head("head.fc.weight", "head.fc.bias");

    /** Side of the depth-wise filters, tokens. */
    static final int KERNEL = 7;

    static final String STEM_CONV = "stem.0";
    static final String STEM_NORM = "stem.1";
    static final String HEAD_NORM = "head.norm";

    private static final String DOWNSAMPLE_NORM = "downsample.0";
    private static final String DOWNSAMPLE_CONV = "downsample.1";

    private ConvNeXtLayout() {}

    /** Name to shape of every parameter of the backbone; the head is none of them. */
    public static Map<String, List<Long>> shapes(ConvNeXtSpec spec) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        sites(spec).forEach(site -> shapes.put(site.parameter(), site.shape()));
        return shapes;
    }

    /** The tensors of a checkpoint of a ConvNeXt. */
    static ExpectedTensors expected(ConvNeXtSpec spec) {
        return new ExpectedTensors(shapes(spec), List.of(HEAD), spec.embedDim());
    }

    /** Every site. */
    public static List<Site> sites(ConvNeXtSpec spec) {
        List<Site> sites = new ArrayList<>();
        long patch = spec.patchSize();
        add(sites, Kind.PATCH_FILTERS, -1, STEM_CONV, STEM_CONV + ".weight", spec.firstDim(), 3, patch, patch);
        add(sites, Kind.PATCH_FILTERS, -1, STEM_CONV, STEM_CONV + ".bias", spec.firstDim());
        norm(sites, -1, STEM_NORM, STEM_NORM, spec.firstDim());
        int before = spec.firstDim();
        for (ConvNeXtStage stage : spec.stages()) {
            if (stage.number() > 0) {
                int first = stage.firstBlock();
                long side = ConvNeXtStage.DOWNSAMPLING;
                String prefix = "stages." + stage.number() + ".";
                norm(sites, first, DOWNSAMPLE_NORM, prefix + DOWNSAMPLE_NORM, before);
                String conv = prefix + DOWNSAMPLE_CONV;
                add(sites, Kind.MATRIX, first, DOWNSAMPLE_CONV, conv + ".weight", stage.dim(), before, side, side);
                add(sites, Kind.VECTOR, first, DOWNSAMPLE_CONV, conv + ".bias", stage.dim());
            }
            for (int i = 0; i < stage.depth(); i++) {
                block(sites, stage, i);
            }
            before = stage.dim();
        }
        norm(sites, -1, HEAD_NORM, HEAD_NORM, spec.embedDim());
        return List.copyOf(sites);
    }

    private static void block(List<Site> sites, ConvNeXtStage stage, int index) {
        int block = stage.firstBlock() + index;
        String name = stage.blockName(index) + ".";
        long d = stage.dim();
        add(sites, Kind.VECTOR, block, "gamma", name + "gamma", d);
        add(sites, Kind.DEPTHWISE_FILTERS, block, "conv_dw", name + "conv_dw.weight", d, 1, KERNEL, KERNEL);
        add(sites, Kind.VECTOR, block, "conv_dw", name + "conv_dw.bias", d);
        norm(sites, block, "norm", name + "norm", d);
        linear(sites, block, "mlp.fc1", name, stage.mlpHidden(), d);
        linear(sites, block, "mlp.fc2", name, d, stage.mlpHidden());
    }

    /** Every place, in the order of the forward pass. */
    public static List<Place> places(ConvNeXtSpec spec) {
        List<Place> places = new ArrayList<>();
        int first = spec.firstDim();
        int patch = 3 * spec.patchSize() * spec.patchSize();
        place(places, Place.Kind.PATCHES, -1, "", STEM_CONV, patch, first);
        place(places, Place.Kind.NORM, -1, "", STEM_NORM, first, first);
        int before = first;
        for (ConvNeXtStage stage : spec.stages()) {
            int d = stage.dim();
            if (stage.number() > 0) {
                String prefix = "stages." + stage.number() + ".";
                int square = ConvNeXtStage.DOWNSAMPLING * ConvNeXtStage.DOWNSAMPLING * before;
                place(places, Place.Kind.NORM, stage.firstBlock(), prefix, DOWNSAMPLE_NORM, before, before);
                place(places, Place.Kind.LINEAR, stage.firstBlock(), prefix, DOWNSAMPLE_CONV, square, d);
            }
            for (int i = 0; i < stage.depth(); i++) {
                int block = stage.firstBlock() + i;
                String name = stage.blockName(i) + ".";
                place(places, Place.Kind.NORM, block, name, "norm", d, d);
                place(places, Place.Kind.LINEAR, block, name, "mlp.fc1", d, stage.mlpHidden());
                place(places, Place.Kind.LINEAR, block, name, "mlp.fc2", stage.mlpHidden(), d);
                place(places, Place.Kind.MLP, block, name, "mlp", d, d);
                places.add(new Place(stage.blockName(i), Place.Kind.BLOCK, block, "", d, d));
            }
            before = d;
        }
        place(places, Place.Kind.NORM, -1, "", HEAD_NORM, spec.embedDim(), spec.embedDim());
        return List.copyOf(places);
    }

    private static void place(
            List<Place> places, Place.Kind kind, int block, String prefix, String operation, int in, int out) {
        places.add(new Place(prefix + operation, kind, block, operation, in, out));
    }

    private static void norm(List<Site> sites, int block, String operation, String name, long d) {
        add(sites, Kind.VECTOR, block, operation, name + ".weight", d);
        add(sites, Kind.VECTOR, block, operation, name + ".bias", d);
    }

    private static void linear(List<Site> sites, int block, String operation, String prefix, long out, long in) {
        add(sites, Kind.MATRIX, block, operation, prefix + operation + ".weight", out, in);
        add(sites, Kind.VECTOR, block, operation, prefix + operation + ".bias", out);
    }

    private static void add(List<Site> sites, Kind kind, int block, String operation, String name, long... shape) {
        List<Long> sizes = Arrays.stream(shape).boxed().toList();
        sites.add(new Site(name, kind, name, 0, sizes, block, operation));
    }
}
