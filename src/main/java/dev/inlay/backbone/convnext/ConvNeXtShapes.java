package dev.inlay.backbone.convnext;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.RecognisedShapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
     * Reads sizes off the stem and the depth-wise filters of each stage, then compares every tensor with what a ConvNeXt of
     * these sizes has.
     *
     * @param shapes name to shape of every tensor
     * @return empty if one of those is missing or makes no sense
     */
    static Optional<RecognisedShapes> of(Map<String, List<Long>> shapes) {
        List<Long> stem = shapes.getOrDefault("stem.0.weight", List.of());
        if (stem.size() != 4 || !within(stem.get(3), MAX_PATCH)) {
            return Optional.empty();
        }
        int patch = stem.get(3).intValue();
        List<Integer> depths = new ArrayList<>();
        List<Integer> dims = new ArrayList<>();
        for (int stage = 0; stage < ConvNeXtSpec.MOST_STAGES && shapes.containsKey(filters(stage, 0)); stage++) {
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
        ConvNeXtSpec spec = new ConvNeXtSpec(size, size, patch, depths, dims, 0, ConvNeXtSpec.TIMM_EPS);
        return Optional.of(recognised(spec, shapes));
    }

    private static String filters(int stage, int block) {
        return "stages." + stage + ".blocks." + block + ".conv_dw.weight";
    }

    private static boolean within(long size, long max) {
        return size >= 1 && size <= max;
    }

    private static RecognisedShapes recognised(ConvNeXtSpec spec, Map<String, List<Long>> shapes) {
        List<Long> head = shapes.getOrDefault(ConvNeXtLayout.HEAD.bias(), List.of(0L));
        ObjectNode facts = spec.facts().put("headClasses", head.size() == 1 ? head.get(0) : 0);
        return new RecognisedShapes(
                "ConvNeXt",
                spec,
                facts,
                List.copyOf(ConvNeXtLayout.shapes(spec).keySet()),
                variants(shapes),
                ConvNeXtLayout.expected(spec).differences(shapes));
    }

    private static List<String> variants(Map<String, List<Long>> shapes) {
        Map<String, List<Long>> backbone = new LinkedHashMap<>(shapes);
        backbone.remove(ConvNeXtLayout.HEAD.weight());
        backbone.remove(ConvNeXtLayout.HEAD.bias());
        List<String> variants = new ArrayList<>();
        ConvNeXtVariants.all().forEach((name, spec) -> {
            if (ConvNeXtLayout.shapes(spec).equals(backbone)) {
                variants.add(name);
            }
        });
        return variants;
    }
}
