package dev.inlay.backbone.convnext;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The published sizes under timm's names (arXiv 2201.03545, section 3; the largest one is OpenCLIP's). */
public final class ConvNeXtVariants {
    private static final double OPEN_CLIP_EPS = 1e-5;

    private static final SortedMap<String, ConvNeXtSpec> TABLE = table();

    private ConvNeXtVariants() {}

    /** Every known name with its sizes, in alphabetical order. */
    public static SortedMap<String, ConvNeXtSpec> all() {
        return TABLE;
    }

    private static SortedMap<String, ConvNeXtSpec> table() {
        SortedMap<String, ConvNeXtSpec> table = new TreeMap<>();
        add(table, "convnext_tiny", 224, List.of(3, 3, 9, 3), 96, ConvNeXtSpec.TIMM_EPS);
        add(table, "convnext_small", 224, List.of(3, 3, 27, 3), 96, ConvNeXtSpec.TIMM_EPS);
        add(table, "convnext_base", 224, List.of(3, 3, 27, 3), 128, ConvNeXtSpec.TIMM_EPS);
        add(table, "convnext_large", 224, List.of(3, 3, 27, 3), 192, ConvNeXtSpec.TIMM_EPS);
        add(table, "convnext_xlarge", 224, List.of(3, 3, 27, 3), 256, ConvNeXtSpec.TIMM_EPS);
        add(table, "convnext_xxlarge", 256, List.of(3, 4, 30, 3), 384, OPEN_CLIP_EPS);
        return Collections.unmodifiableSortedMap(table);
    }

    private static void add(
            SortedMap<String, ConvNeXtSpec> table, String name, int size, List<Integer> depths, int dim, double eps) {
        List<Integer> dims = List.of(dim, 2 * dim, 4 * dim, 8 * dim);
        table.put(name, new ConvNeXtSpec(size, size, 4, depths, dims, 0, eps));
    }
}
