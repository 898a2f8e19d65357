package dev.inlay.backbone.swin;

import dev.inlay.backbone.BiasGrid;
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
 * Which parameters a Swin Transformer has under timm's names, and which sites they hold, both in registration order.
 * Blocks are counted through all stages. What merges patches in front of a stage belongs to the first block of that stage.
 */
public final class SwinLayout {
    static final Head HEAD = new Head("head.fc.weight", "head.fc.bias");

    /** The name of the table of position biases inside a block. */
    static final String TABLE = "attn.relative_position_bias_table";

    private static final String REDUCTION = "downsample.reduction";

    private SwinLayout() {}

    /** Name to shape of every parameter of the backbone; the head is none of them. */
    public static Map<String, List<Long>> shapes(SwinSpec spec) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (Site site : sites(spec)) {
            shapes.merge(site.parameter(), site.shape(), SwinLayout::below);
        }
        return shapes;
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

    /** The tensors of a checkpoint of a Swin Transformer. */
    static ExpectedTensors expected(SwinSpec spec) {
        return new ExpectedTensors(shapes(spec), List.of(HEAD), spec.embedDim());
    }

    /** Every site, q, k and v apart. */
    public static List<Site> sites(SwinSpec spec) {
        List<Site> sites = new ArrayList<>();
        long patch = spec.patchSize();
        add(sites, Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.weight", spec.firstDim(), 3, patch, patch);
        add(sites, Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.bias", spec.firstDim());
        norm(sites, -1, "patch_embed.norm", "patch_embed.norm", spec.firstDim());
        for (SwinStage stage : spec.stages()) {
            if (stage.number() > 0) {
                int first = stage.firstBlock();
                long merged = 2L * stage.dim();
                norm(sites, first, "downsample.norm", stage.downsampleName() + ".norm", merged);
                String reduction = stage.downsampleName() + ".reduction.weight";
                add(sites, Kind.MATRIX, first, REDUCTION, reduction, stage.dim(), merged);
            }
            for (int i = 0; i < stage.depth(); i++) {
                block(sites, stage, i);
            }
        }
        norm(sites, -1, "norm", "norm", spec.embedDim());
        return List.copyOf(sites);
    }

    private static void block(List<Site> sites, SwinStage stage, int index) {
        int block = stage.firstBlock() + index;
        String name = stage.blockName(index) + ".";
        long d = stage.dim();
        norm(sites, block, "norm1", name + "norm1", d);
        add(
                sites,
                Kind.POSITION_BIAS,
                block,
                "attn",
                name + TABLE,
                stage.biasGrid().distances(),
                stage.heads());
        for (int part = 0; part < 3; part++) {
            String operation = "attn." + "qkv".charAt(part);
            String fused = name + "attn.qkv.";
            String split = name + operation + ".";
            sites.add(new Site(
                    split + "weight", Kind.MATRIX, fused + "weight", part * d, List.of(d, d), block, operation));
            sites.add(new Site(split + "bias", Kind.VECTOR, fused + "bias", part * d, List.of(d), block, operation));
        }
        linear(sites, block, "attn.proj", name, d, d);
        norm(sites, block, "norm2", name + "norm2", d);
        linear(sites, block, "mlp.fc1", name, stage.mlpHidden(), d);
        linear(sites, block, "mlp.fc2", name, d, stage.mlpHidden());
    }

    /** Every place, in the order of the forward pass. */
    public static List<Place> places(SwinSpec spec) {
        List<Place> places = new ArrayList<>();
        int first = spec.firstDim();
        int patch = 3 * spec.patchSize() * spec.patchSize();
        places.add(new Place("patch_embed", Place.Kind.PATCHES, -1, "patch_embed", patch, first));
        places.add(new Place("patch_embed.norm", Place.Kind.NORM, -1, "patch_embed.norm", first, first));
        for (SwinStage stage : spec.stages()) {
            int d = stage.dim();
            if (stage.number() > 0) {
                String merging = "layers." + stage.number() + ".";
                place(places, Place.Kind.NORM, stage.firstBlock(), merging, "downsample.norm", 2 * d, 2 * d);
                place(places, Place.Kind.LINEAR, stage.firstBlock(), merging, REDUCTION, 2 * d, d);
            }
            for (int i = 0; i < stage.depth(); i++) {
                int block = stage.firstBlock() + i;
                String name = stage.blockName(i) + ".";
                place(places, Place.Kind.NORM, block, name, "norm1", d, d);
                for (String operation : List.of("attn.q", "attn.k", "attn.v", "attn.proj")) {
                    place(places, Place.Kind.LINEAR, block, name, operation, d, d);
                }
                place(places, Place.Kind.ATTENTION, block, name, "attn", d, d);
                place(places, Place.Kind.NORM, block, name, "norm2", d, d);
                place(places, Place.Kind.LINEAR, block, name, "mlp.fc1", d, stage.mlpHidden());
                place(places, Place.Kind.LINEAR, block, name, "mlp.fc2", stage.mlpHidden(), d);
                place(places, Place.Kind.MLP, block, name, "mlp", d, d);
                places.add(new Place(stage.blockName(i), Place.Kind.BLOCK, block, "", d, d));
            }
        }
        places.add(new Place("norm", Place.Kind.NORM, -1, "norm", spec.embedDim(), spec.embedDim()));
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

    private static List<Long> below(List<Long> upper, List<Long> lower) {
        List<Long> sum = new ArrayList<>(upper);
        sum.set(0, upper.get(0) + lower.get(0));
        return sum;
    }
}
