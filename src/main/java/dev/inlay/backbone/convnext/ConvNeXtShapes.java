package dev.inlay.backbone.convnext;

import dev.inlay.backbone.SpecProblems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the shapes of tensors under timm's names tell about a ConvNeXt. Nothing tells the size of the image, beyond which
 * published variants fit.
 */
final class ConvNeXtShapes {
    private static final int MAX_SIZE = 1 << 16;
    private static final int MAX_PATCH = 1 << 10;

    private ConvNeXtShapes() {}

    /**
     * Reads sizes off the stem and the depth-wise filters of each stage.
     *
     * @param shapes name to shape of every tensor
     * @return empty if one of those is missing or makes no sense
     */
    static Optional<ConvNeXtSpec> spec(Map<String, List<Long>> shapes) {
        List<Long> stem = shapes.getOrDefault("stem.0.weight", List.of());
        if (stem.size() != 4 || !within(stem.get(3), MAX_PATCH)) {
            return Optional.empty();
        }
        int patch = stem.get(3).intValue();
        List<Integer> depths = new ArrayList<>();
        List<Integer> dims = new ArrayList<>();
        for (int stage = 0; stage < SpecProblems.MAX_STAGES && shapes.containsKey(filters(stage, 0)); stage++) {
            long dim = shapes.get(filters(stage, 0)).stream().findFirst().orElse(0L);
            if (!within(dim, MAX_SIZE)) {
                return Optional.empty();
            }
            int depth = 0;
            while (shapes.containsKey(filters(stage, depth))) {
                depth++;
            }
            depths.add(depth);
            dims.add((int) dim);
        }
        if (depths.isEmpty()) {
            return Optional.empty();
        }
        // the smallest image of which the last stage sees anything
        int size = patch << (depths.size() - 1);
        return Optional.of(new ConvNeXtSpec(size, size, patch, depths, dims, 0, ConvNeXtSpec.TIMM_EPS));
    }

    private static String filters(int stage, int block) {
        return "stages." + stage + ".blocks." + block + ".conv_dw.weight";
    }

    private static boolean within(long size, long max) {
        return size >= 1 && size <= max;
    }
}
