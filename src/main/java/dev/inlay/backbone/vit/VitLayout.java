package dev.inlay.backbone.vit;

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

/** Which parameters a ViT has under timm's names, and which sites they hold, both in registration order. */
public final class VitLayout {
    static final Head HEAD = new Head("head.weight", "head.bias");
    static final Head DISTILLED_HEAD = new Head("head_dist.weight", "head_dist.bias");

    private VitLayout() {}

    /** Name to shape of every parameter of the backbone; the head is none of them. */
    public static Map<String, List<Long>> shapes(VitSpec spec) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (Site site : sites(spec)) {
            shapes.merge(site.parameter(), site.shape(), VitLayout::below);
        }
        return shapes;
    }

    /** The tensors of a checkpoint of a ViT. */
    static ExpectedTensors expected(VitSpec spec) {
        List<Head> heads = spec.options().distilled() ? List.of(HEAD, DISTILLED_HEAD) : List.of(HEAD);
        return new ExpectedTensors(shapes(spec), heads, spec.embedDim());
    }

    /** Every site, q, k and v apart. */
    public static List<Site> sites(VitSpec spec) {
        List<Site> sites = new ArrayList<>();
        long d = spec.embedDim();
        long patch = spec.patchSize();
        VitOptions options = spec.options();
        add(sites, Kind.CLASS_TOKEN, -1, "cls_token", "cls_token", 1, 1, d);
        if (options.regTokens() > 0) {
            add(sites, Kind.TOKENS, -1, "reg_token", "reg_token", 1, options.regTokens(), d);
        }
        add(sites, Kind.POSITION_TABLE, -1, "pos_embed", "pos_embed", 1, spec.positions(), d);
        if (options.distilled()) {
            add(sites, Kind.TOKENS, -1, "dist_token", "dist_token", 1, 1, d);
        }
        add(sites, Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.weight", d, 3, patch, patch);
        if (options.preNorm()) {
            outerNorm(sites, "norm_pre", d);
        } else {
            add(sites, Kind.PATCH_FILTERS, -1, "patch_embed", "patch_embed.proj.bias", d);
        }
        for (int i = 0; i < spec.depth(); i++) {
            norm(sites, i, "norm1", d);
            for (int part = 0; part < 3; part++) {
                String operation = "attn." + "qkv".charAt(part);
                String fused = "blocks." + i + ".attn.qkv.";
                String split = "blocks." + i + "." + operation + ".";
                sites.add(new Site(
                        split + "weight", Kind.MATRIX, fused + "weight", part * d, List.of(d, d), i, operation));
                sites.add(new Site(split + "bias", Kind.VECTOR, fused + "bias", part * d, List.of(d), i, operation));
            }
            linear(sites, i, "attn.proj", d, d);
            scale(sites, i, "ls1", spec);
            norm(sites, i, "norm2", d);
            linear(sites, i, "mlp.fc1", spec.mlpHidden(), d);
            linear(sites, i, "mlp.fc2", d, spec.mlpInner());
            scale(sites, i, "ls2", spec);
        }
        outerNorm(sites, options.lastNorm(), d);
        return List.copyOf(sites);
    }

    /** Every place, in the order of the forward pass. */
    public static List<Place> places(VitSpec spec) {
        List<Place> places = new ArrayList<>();
        int d = spec.embedDim();
        int patch = 3 * spec.patchSize() * spec.patchSize();
        places.add(new Place("patch_embed", Place.Kind.PATCHES, -1, "patch_embed", patch, d));
        if (spec.options().preNorm()) {
            places.add(new Place("norm_pre", Place.Kind.NORM, -1, "norm_pre", d, d));
        }
        for (int i = 0; i < spec.depth(); i++) {
            place(places, Place.Kind.NORM, i, "norm1", d, d);
            for (String operation : List.of("attn.q", "attn.k", "attn.v", "attn.proj")) {
                place(places, Place.Kind.LINEAR, i, operation, d, d);
            }
            place(places, Place.Kind.ATTENTION, i, "attn", d, d);
            place(places, Place.Kind.NORM, i, "norm2", d, d);
            place(places, Place.Kind.LINEAR, i, "mlp.fc1", d, spec.mlpHidden());
            place(places, Place.Kind.LINEAR, i, "mlp.fc2", spec.mlpInner(), d);
            place(places, Place.Kind.MLP, i, "mlp", d, d);
            places.add(new Place("blocks." + i, Place.Kind.BLOCK, i, "", d, d));
        }
        String last = spec.options().lastNorm();
        places.add(new Place(last, Place.Kind.NORM, -1, last, d, d));
        return List.copyOf(places);
    }

    private static void place(List<Place> places, Place.Kind kind, int block, String operation, int in, int out) {
        places.add(new Place("blocks." + block + "." + operation, kind, block, operation, in, out));
    }

    private static void norm(List<Site> sites, int block, String operation, long d) {
        String prefix = "blocks." + block + "." + operation;
        add(sites, Kind.VECTOR, block, operation, prefix + ".weight", d);
        add(sites, Kind.VECTOR, block, operation, prefix + ".bias", d);
    }

    private static void outerNorm(List<Site> sites, String name, long d) {
        add(sites, Kind.VECTOR, -1, name, name + ".weight", d);
        add(sites, Kind.VECTOR, -1, name, name + ".bias", d);
    }

    private static void scale(List<Site> sites, int block, String operation, VitSpec spec) {
        if (spec.options().layerScale()) {
            String name = "blocks." + block + "." + operation + ".gamma";
            add(sites, Kind.VECTOR, block, operation, name, spec.embedDim());
        }
    }

    private static void linear(List<Site> sites, int block, String operation, long out, long in) {
        String prefix = "blocks." + block + "." + operation;
        add(sites, Kind.MATRIX, block, operation, prefix + ".weight", out, in);
        add(sites, Kind.VECTOR, block, operation, prefix + ".bias", out);
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
