package dev.inlay.backbone.swin;

import dev.inlay.backbone.SpecProblems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the shapes of tensors under timm's names tell about a Swin Transformer. The table of position biases tells heads and window; nothing
 * tells the size of the image, beyond which published variants fit.
 */
final class SwinShapes {
    private static final int MAX_SIZE = 1 << 16;
    private static final int MAX_PATCH = 1 << 10;
    private static final int MAX_WINDOW = 1 << 8;

    private SwinShapes() {}

    /**
     * Reads sizes off the patch filters and the first block of each stage.
     *
     * @param shapes name to shape of every tensor
     * @return empty if one of those is missing or makes no sense
     */
    static Optional<SwinSpec> spec(Map<String, List<Long>> shapes) {
        List<Long> patch = shapes.getOrDefault("patch_embed.proj.weight", List.of());
        List<Long> hidden = shapes.getOrDefault("layers.0.blocks.0.mlp.fc1.weight", List.of());
        List<Long> table = shapes.getOrDefault("layers.0.blocks.0." + SwinLayout.TABLE, List.of());
        boolean sensible = patch.size() == 4
                && hidden.size() == 2
                && table.size() == 2
                && within(patch.get(0), MAX_SIZE)
                && within(patch.get(3), MAX_PATCH)
                && within(hidden.get(0), MAX_SIZE)
                && within(window(table), MAX_WINDOW);
        return sensible ? spec(shapes, patch, hidden, window(table)) : Optional.empty();
    }

    private static Optional<SwinSpec> spec(
            Map<String, List<Long>> shapes, List<Long> patch, List<Long> hidden, int window) {
        List<Integer> depths = new ArrayList<>();
        List<Integer> heads = new ArrayList<>();
        int dim = patch.get(0).intValue();
        for (int stage = 0; stage < SpecProblems.MAX_STAGES && shapes.containsKey(norm(stage, 0)); stage++) {
            int depth = 0;
            while (shapes.containsKey(norm(stage, depth))) {
                depth++;
            }
            List<Long> table = shapes.getOrDefault("layers." + stage + ".blocks.0." + SwinLayout.TABLE, List.of());
            if (table.size() != 2 || !within(table.get(1), MAX_SIZE) || ((long) dim << stage) % table.get(1) != 0) {
                return Optional.empty();
            }
            depths.add(depth);
            heads.add(table.get(1).intValue());
        }
        // the smallest image in which every stage has whole windows of that side
        int size = patch.get(3).intValue() * (window << (depths.size() - 1));
        int ratio = Math.max(1, hidden.get(0).intValue() / dim);
        return Optional.of(new SwinSpec(
                size, size, patch.get(3).intValue(), dim, depths, heads, window, ratio, 0, SwinSpec.TIMM_EPS));
    }

    private static String norm(int stage, int block) {
        return "layers." + stage + ".blocks." + block + ".norm1.weight";
    }

    /** The side of the window whose table this is; 0 if it is no square's. */
    private static int window(List<Long> table) {
        int distances = (int) Math.round(Math.sqrt((double) table.get(0)));
        return (long) distances * distances == table.get(0) && distances % 2 == 1 ? (distances + 1) / 2 : 0;
    }

    private static boolean within(long size, long max) {
        return size >= 1 && size <= max;
    }
}
