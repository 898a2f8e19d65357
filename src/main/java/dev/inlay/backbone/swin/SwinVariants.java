package dev.inlay.backbone.swin;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The published sizes under timm's names (arXiv 2103.14030, section 3.3). */
public final class SwinVariants {
    private static final SortedMap<String, SwinSpec> TABLE = table();

    private SwinVariants() {}

    /** Every known name with its sizes, in alphabetical order. */
    public static SortedMap<String, SwinSpec> all() {
        return TABLE;
    }

    private static SortedMap<String, SwinSpec> table() {
        SortedMap<String, SwinSpec> table = new TreeMap<>();
        add(table, "swin_tiny", 7, 224, 96, 6, 3);
        add(table, "swin_small", 7, 224, 96, 18, 3);
        add(table, "swin_base", 7, 224, 128, 18, 4);
        add(table, "swin_base", 12, 384, 128, 18, 4);
        add(table, "swin_large", 7, 224, 192, 18, 6);
        add(table, "swin_large", 12, 384, 192, 18, 6);
        return Collections.unmodifiableSortedMap(table);
    }

    private static void add(
            SortedMap<String, SwinSpec> table, String family, int window, int size, int dim, int third, int heads) {
        table.put(
                family + "_patch4_window" + window + "_" + size,
                new SwinSpec(
                        size,
                        size,
                        4,
                        dim,
                        List.of(2, 2, third, 2),
                        List.of(heads, 2 * heads, 4 * heads, 8 * heads),
                        window,
                        4,
                        0,
                        SwinSpec.TIMM_EPS));
    }
}
