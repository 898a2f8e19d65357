package dev.inlay.backbone.vit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the shapes of tensors under timm's names tell about a ViT. They tell neither the number of heads nor the shape of
 * the image, only its number of patches; a published variant of these shapes tells both.
 *
 * @param embedDim width of a token, D
 * @param depth number of blocks
 * @param patchSize side of a patch, pixels
 * @param mlpHidden width of the MLP's hidden layer
 * @param tokens per image, the class token included
 * @param classes of the head; 0 if there is none
 * @param parameters names of the backbone's parameters in registration order
 * @param variants the published variants of exactly these shapes, in alphabetical order
 * @param differences one line for each tensor that such a ViT has otherwise or does not have; then no loader takes it
 */
public record VitShapes(
        int embedDim,
        int depth,
        int patchSize,
        int mlpHidden,
        int tokens,
        int classes,
        List<String> parameters,
        List<String> variants,
        List<String> differences) {
    private static final int MAX_SIZE = 1 << 16;
    private static final int MAX_PATCH = 1 << 10;

    /** Copies the lists. */
    public VitShapes {
        parameters = List.copyOf(parameters);
        variants = List.copyOf(variants);
        differences = List.copyOf(differences);
    }

    /**
     * Reads sizes off the patch filters, the position table, the first block and the number of blocks, then compares every
     * tensor with what a ViT of these sizes has.
     *
     * @param shapes name to shape of every tensor
     * @return empty if one of those four is missing or makes no sense
     */
    public static Optional<VitShapes> of(Map<String, List<Long>> shapes) {
        List<Long> patch = shapes.getOrDefault("patch_embed.proj.weight", List.of());
        List<Long> positions = shapes.getOrDefault("pos_embed", List.of());
        List<Long> hidden = shapes.getOrDefault("blocks.0.mlp.fc1.weight", List.of());
        int depth = 0;
        while (shapes.containsKey("blocks." + depth + ".norm1.weight")) {
            depth++;
        }
        boolean sensible = patch.size() == 4
                && positions.size() == 3
                && hidden.size() == 2
                && depth > 0
                && within(patch.get(0), 1, MAX_SIZE)
                && within(patch.get(3), 1, MAX_PATCH)
                && within(positions.get(1), 2, MAX_SIZE)
                && within(hidden.get(0), 1, MAX_SIZE);
        if (!sensible) {
            return Optional.empty();
        }
        int patchSize = patch.get(3).intValue();
        int tokens = positions.get(1).intValue();
        // one row of patches has the shapes of any other arrangement, and one head those of any other number
        VitSpec spec = new VitSpec(
                patchSize,
                (tokens - 1) * patchSize,
                patchSize,
                patch.get(0).intValue(),
                depth,
                1,
                hidden.get(0).intValue(),
                0,
                VitSpec.TIMM_EPS);
        List<Long> head = shapes.getOrDefault(VitLayout.HEAD_BIAS, List.of(0L));
        return Optional.of(new VitShapes(
                spec.embedDim(),
                depth,
                patchSize,
                spec.mlpHidden(),
                tokens,
                head.size() == 1 ? Math.toIntExact(head.get(0)) : 0,
                List.copyOf(VitLayout.shapes(spec).keySet()),
                variants(shapes),
                VitLayout.differences(spec, shapes)));
    }

    private static boolean within(long size, long min, long max) {
        return size >= min && size <= max;
    }

    private static List<String> variants(Map<String, List<Long>> shapes) {
        Map<String, List<Long>> backbone = new LinkedHashMap<>(shapes);
        backbone.remove(VitLayout.HEAD_WEIGHT);
        backbone.remove(VitLayout.HEAD_BIAS);
        List<String> variants = new ArrayList<>();
        VitVariants.all().forEach((name, spec) -> {
            if (VitLayout.shapes(spec).equals(backbone)) {
                variants.add(name);
            }
        });
        return variants;
    }
}
