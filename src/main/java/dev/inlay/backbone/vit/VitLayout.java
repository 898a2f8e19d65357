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
        return new ExpectedTensors(shapes(spec), heads, spec.embedDim(), notComputed(spec.options()));
    }

    /**
     * What published networks with the tensors of such a ViT compute that no tensor shows: queries and keys without a bias for
     * keys beside a position table are those of EVA, whose successors rotate them, too; without a table, a rotation as in
     * DINOv3 comes with registers.
     */
    private static List<String> notComputed(VitOptions options) {
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
        if (!options.rope()) {
            add(sites, Kind.POSITION_TABLE, -1, "pos_embed", "pos_embed", 1, spec.positions(), d);
        }
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
            if (options.rope()) {
                scale(sites, i, 1, spec);
                scale(sites, i, 2, spec);
            }
            norm(sites, i, "norm1", d);
            attention(sites, i, options.qkvBias(), d);
            if (!options.rope()) {
                scale(sites, i, 1, spec);
            }
            norm(sites, i, "norm2", d);
            for (String first : options.firstLayers()) {
                linear(sites, i, first, spec.mlpHidden(), d);
            }
            linear(sites, i, "mlp.fc2", d, spec.mlpInner());
            if (!options.rope()) {
                scale(sites, i, 2, spec);
            }
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
            for (String first : spec.options().firstLayers()) {
                place(places, Place.Kind.LINEAR, i, first, d, spec.mlpHidden());
            }
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

    /** Query, key and value, then what follows them. */
    private static void attention(List<Site> sites, int block, VitOptions.QkvBias bias, long d) {
        String attn = "blocks." + block + ".attn.";
        if (bias == VitOptions.QkvBias.QUERY_VALUE) {
            part(sites, block, "q", Kind.VECTOR, ".bias", attn + "q_bias", 0, d);
            part(sites, block, "v", Kind.VECTOR, ".bias", attn + "v_bias", 0, d);
        }
        for (int i = 0; i < 3; i++) {
            String part = String.valueOf("qkv".charAt(i));
            part(sites, block, part, Kind.MATRIX, ".weight", attn + "qkv.weight", i * d, d, d);
            if (bias == VitOptions.QkvBias.ALL) {
                part(sites, block, part, Kind.VECTOR, ".bias", attn + "qkv.bias", i * d, d);
            }
        }
        linear(sites, block, "attn.proj", d, d);
    }

    private static void part(
            List<Site> sites,
            int block,
            String part,
            Kind kind,
            String what,
            String parameter,
            long row,
            long... shape) {
        String operation = "attn." + part;
        String name = "blocks." + block + "." + operation + what;
        List<Long> sizes = Arrays.stream(shape).boxed().toList();
        sites.add(new Site(name, kind, parameter, row, sizes, block, operation));
    }

    private static void scale(List<Site> sites, int block, int number, VitSpec spec) {
        if (spec.options().layerScale()) {
            String scale = spec.options().scale(number);
            String operation = scale.replace(".gamma", "");
            add(sites, Kind.VECTOR, block, operation, "blocks." + block + "." + scale, spec.embedDim());
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
