package dev.inlay.backbone.vit;

import dev.inlay.error.ConfigException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The published sizes under timm's names: ViT (arXiv 2010.11929, table 1), its smaller siblings (arXiv 2106.10270) and
 * DeiT (arXiv 2012.12877).
 */
public final class VitVariants {
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
        SortedMap<String, VitSpec> table = new TreeMap<>();
        for (int size : new int[] {224, 384}) {
            add(table, "vit_tiny", 16, size, 192, 12, 3);
            add(table, "vit_small", 16, size, 384, 12, 6);
            add(table, "vit_small", 32, size, 384, 12, 6);
            add(table, "vit_base", 16, size, 768, 12, 12);
            add(table, "vit_base", 32, size, 768, 12, 12);
            add(table, "vit_large", 16, size, 1024, 24, 16);
            add(table, "vit_large", 32, size, 1024, 24, 16);
            add(table, "deit_base", 16, size, 768, 12, 12);
        }
        add(table, "vit_small", 8, 224, 384, 12, 6);
        add(table, "vit_base", 8, 224, 768, 12, 12);
        add(table, "vit_large", 14, 224, 1024, 24, 16);
        add(table, "vit_huge", 14, 224, 1280, 32, 16);
        add(table, "deit_tiny", 16, 224, 192, 12, 3);
        add(table, "deit_small", 16, 224, 384, 12, 6);
        return Collections.unmodifiableSortedMap(table);
    }

    private static void add(
            Map<String, VitSpec> table, String family, int patch, int size, int dim, int depth, int heads) {
        table.put(
                family + "_patch" + patch + "_" + size,
                new VitSpec(size, size, patch, dim, depth, heads, 4 * dim, 0, VitSpec.TIMM_EPS));
    }
}
