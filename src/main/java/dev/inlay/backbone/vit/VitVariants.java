package dev.inlay.backbone.vit;

import dev.inlay.backbone.vit.VitOptions.Mlp;
import dev.inlay.backbone.vit.VitOptions.QkvBias;
import dev.inlay.error.ConfigException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The published sizes under timm's names: ViT (arXiv 2010.11929, table 1), its siblings (arXiv 2106.10270, 2106.04560), DeiT
 * (arXiv 2012.12877), DeiT III (arXiv 2204.07118), DINOv2 (arXiv 2304.07193), DINOv3 (arXiv 2508.10104), the image towers of
 * CLIP (arXiv 2103.00020) and EVA-L (arXiv 2211.07636). DINO, MAE and MoCo v3 are weights for the plain ones.
 */
public final class VitVariants {
    private static final Size TINY = new Size(192, 12, 3, 768);
    private static final Size SMALL = new Size(384, 12, 6, 1536);
    private static final Size MEDIUM = new Size(512, 12, 8, 2048);
    private static final Size BASE = new Size(768, 12, 12, 3072);
    private static final Size LARGE = new Size(1024, 24, 16, 4096);
    private static final Size HUGE = new Size(1280, 32, 16, 5120);
    private static final Size GIANT = new Size(1408, 40, 16, 6144);
    private static final Size GIGANTIC = new Size(1664, 48, 16, 8192);
    private static final Size DINOV2_GIANT = new Size(1536, 40, 24, 8192);
    private static final int DINOV2_SIZE = 518;
    private static final int REGISTERS = 4;
    private static final Size DINOV3_HUGE = new Size(1280, 32, 20, 5120);
    private static final Size DINOV3_7B = new Size(4096, 40, 32, 8192);
    private static final int DINOV3_SIZE = 256;
    private static final double DINOV3_EPS = 1e-5;
    private static final double CLIP_EPS = 1e-5;

    private static final SortedMap<String, VitSpec> TABLE = table();

    private VitVariants() {}

    /** Every known name with its sizes, in alphabetical order. */
    public static SortedMap<String, VitSpec> all() {
        return TABLE;
    }

    /**
     * The sizes of a published variant.
     *
     * @throws ConfigException if the name is not in the table
     */
    public static VitSpec of(String name) {
        VitSpec spec = TABLE.get(name);
        if (spec == null) {
            throw new ConfigException("no published ViT is called '" + name + "'");
        }
        return spec;
    }

    private static SortedMap<String, VitSpec> table() {
        Table table = new Table();
        for (int size : new int[] {224, 384}) {
            table.add("vit_tiny_patch16_" + size, TINY, 16, size);
            table.add("vit_small_patch16_" + size, SMALL, 16, size);
            table.add("vit_small_patch32_" + size, SMALL, 32, size);
            table.add("vit_base_patch16_" + size, BASE, 16, size);
            table.add("vit_base_patch32_" + size, BASE, 32, size);
            table.add("vit_large_patch16_" + size, LARGE, 16, size);
            table.add("vit_large_patch32_" + size, LARGE, 32, size);
            table.add("deit_base_patch16_" + size, BASE, 16, size);
        }
        table.add("vit_small_patch8_224", SMALL, 8, 224);
        table.add("vit_base_patch8_224", BASE, 8, 224);
        table.add("vit_large_patch14_224", LARGE, 14, 224);
        table.add("vit_huge_patch14_224", HUGE, 14, 224);
        table.add("vit_giant_patch14_224", GIANT, 14, 224);
        table.add("vit_gigantic_patch14_224", GIGANTIC, 14, 224);
        table.add("deit_tiny_patch16_224", TINY, 16, 224);
        table.add("deit_small_patch16_224", SMALL, 16, 224);
        addDistilled(table);
        addDeit3(table);
        addDinov2(table);
        addDinov3(table);
        addClip(table);
        VitOptions average = VitOptions.PLAIN.withAverageThenNorm();
        table.add("eva_large_patch14_196", LARGE, 14, 196, average);
        table.add("eva_large_patch14_336", LARGE, 14, 336, average);
        return Collections.unmodifiableSortedMap(table.specs);
    }

    private static void addDistilled(Table table) {
        VitOptions distilled = VitOptions.PLAIN.withDistillation();
        table.add("deit_tiny_distilled_patch16_224", TINY, 16, 224, distilled);
        table.add("deit_small_distilled_patch16_224", SMALL, 16, 224, distilled);
        table.add("deit_base_distilled_patch16_224", BASE, 16, 224, distilled);
        table.add("deit_base_distilled_patch16_384", BASE, 16, 384, distilled);
    }

    private static void addDeit3(Table table) {
        VitOptions deit3 = VitOptions.PLAIN.withLayerScale().withNoEmbedClass();
        for (int size : new int[] {224, 384}) {
            table.add("deit3_small_patch16_" + size, SMALL, 16, size, deit3);
            table.add("deit3_base_patch16_" + size, BASE, 16, size, deit3);
            table.add("deit3_large_patch16_" + size, LARGE, 16, size, deit3);
        }
        table.add("deit3_medium_patch16_224", MEDIUM, 16, 224, deit3);
        table.add("deit3_huge_patch14_224", HUGE, 14, 224, deit3);
    }

    private static void addDinov2(Table table) {
        VitOptions plain = VitOptions.PLAIN.withLayerScale();
        VitOptions registers = plain.withRegTokens(REGISTERS).withNoEmbedClass();
        Map.of("", plain, "_reg4", registers).forEach((suffix, options) -> {
            String end = "_patch14" + suffix + "_dinov2";
            table.add("vit_small" + end, SMALL, 14, DINOV2_SIZE, options);
            table.add("vit_base" + end, BASE, 14, DINOV2_SIZE, options);
            table.add("vit_large" + end, LARGE, 14, DINOV2_SIZE, options);
            table.add("vit_giant" + end, DINOV2_GIANT, 14, DINOV2_SIZE, options.withMlp(Mlp.SWIGLU));
        });
    }

    private static void addDinov3(Table table) {
        table.addDinov3("vit_7b_patch16_dinov3", DINOV3_7B, Mlp.SWIGLU_SPLIT, QkvBias.NONE);
        table.addDinov3("vit_tiny_patch16_dinov3_qkvb", TINY, Mlp.GELU, QkvBias.QUERY_VALUE);
        Map.of("", QkvBias.NONE, "_qkvb", QkvBias.QUERY_VALUE).forEach((suffix, bias) -> {
            String end = "_patch16_dinov3" + suffix;
            table.addDinov3("vit_small" + end, SMALL, Mlp.GELU, bias);
            table.addDinov3("vit_small_plus" + end, SMALL, Mlp.SWIGLU_SPLIT, bias);
            table.addDinov3("vit_base" + end, BASE, Mlp.GELU, bias);
            table.addDinov3("vit_large" + end, LARGE, Mlp.GELU, bias);
            table.addDinov3("vit_huge_plus" + end, DINOV3_HUGE, Mlp.SWIGLU_SPLIT, bias);
        });
    }

    private static void addClip(Table table) {
        for (int size : new int[] {224, 256, 384, 448}) {
            table.addClip("vit_base_patch32_clip_" + size, BASE, 32, size);
        }
        table.addClip("vit_base_patch16_clip_224", BASE, 16, 224);
        table.addClip("vit_base_patch16_clip_384", BASE, 16, 384);
        table.addClip("vit_large_patch14_clip_224", LARGE, 14, 224);
        table.addClip("vit_large_patch14_clip_336", LARGE, 14, 336);
        table.addClip("vit_huge_patch14_clip_224", HUGE, 14, 224);
        table.addClip("vit_huge_patch14_clip_336", HUGE, 14, 336);
        table.addClip("vit_huge_patch14_clip_378", HUGE, 14, 378);
        table.addClip("vit_giant_patch14_clip_224", GIANT, 14, 224);
        table.addClip("vit_gigantic_patch14_clip_224", GIGANTIC, 14, 224);
        table.addClip("vit_gigantic_patch14_clip_378", GIGANTIC, 14, 378);
        table.addQuickClip("vit_base_patch32_clip_quickgelu_224", BASE, 32, 224);
        table.addQuickClip("vit_base_patch16_clip_quickgelu_224", BASE, 16, 224);
        table.addQuickClip("vit_large_patch14_clip_quickgelu_224", LARGE, 14, 224);
        table.addQuickClip("vit_large_patch14_clip_quickgelu_336", LARGE, 14, 336);
        table.addQuickClip("vit_huge_patch14_clip_quickgelu_224", HUGE, 14, 224);
        table.addQuickClip("vit_huge_patch14_clip_quickgelu_378", HUGE, 14, 378);
        table.addQuickClip("vit_gigantic_patch14_clip_quickgelu_224", GIGANTIC, 14, 224);
    }

    /** A size that papers have a word for. */
    private record Size(int dim, int depth, int heads, int hidden) {}

    /** Specs by name. */
    private static final class Table {
        private final SortedMap<String, VitSpec> specs = new TreeMap<>();

        private void add(String name, Size size, int patch, int pixels) {
            add(name, size, patch, pixels, VitOptions.PLAIN);
        }

        private void add(String name, Size size, int patch, int pixels, VitOptions options) {
            add(name, size, patch, pixels, VitSpec.TIMM_EPS, options);
        }

        private void addClip(String name, Size size, int patch, int pixels) {
            add(name, size, patch, pixels, CLIP_EPS, VitOptions.PLAIN.withPreNorm());
        }

        private void addQuickClip(String name, Size size, int patch, int pixels) {
            VitOptions quick = VitOptions.PLAIN.withPreNorm().withMlp(Mlp.QUICK_GELU);
            add(name, size, patch, pixels, CLIP_EPS, quick);
        }

        private void addDinov3(String name, Size size, Mlp mlp, QkvBias bias) {
            VitOptions options = VitOptions.PLAIN
                    .withAverage()
                    .withLayerScale()
                    .withRegTokens(REGISTERS)
                    .withMlp(mlp)
                    .withQkvBias(bias)
                    .withRope();
            add(name, size, 16, DINOV3_SIZE, DINOV3_EPS, options);
        }

        private void add(String name, Size size, int patch, int pixels, double eps, VitOptions options) {
            specs.put(
                    name,
                    new VitSpec(pixels, pixels, patch, size.dim, size.depth, size.heads, size.hidden, 0, eps, options));
        }
    }
}
