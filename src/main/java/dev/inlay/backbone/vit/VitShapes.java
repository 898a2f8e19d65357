package dev.inlay.backbone.vit;

import dev.inlay.backbone.TunableParameter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the shapes of tensors under timm's names tell about a ViT. They tell neither the number of heads nor the shape of
 * the image, only its number of patches; a published variant of these shapes tells both.
 */
final class VitShapes {
    private static final int MAX_SIZE = 1 << 16;
    private static final int MAX_PATCH = 1 << 10;

    private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d{1,4})\\..*");

    private VitShapes() {}

    /**
     * Reads sizes off the patch filters, the position table, the first block and the number of blocks. Without a position table
     * it takes the name of LayerScale in timm's ViTs with rotary positions, and the number of patches is not told.
     *
     * @param shapes name to shape of every tensor
     * @return empty if one of those four is missing or makes no sense
     */
    static Optional<VitSpec> spec(Map<String, List<Long>> shapes) {
        List<Long> patch = shapes.getOrDefault("patch_embed.proj.weight", List.of());
        boolean rope = !shapes.containsKey("pos_embed") && shapes.containsKey("blocks.0.gamma_1");
        List<Long> positions = shapes.getOrDefault("pos_embed", List.of());
        List<Long> hidden = firstLayer(shapes);
        int depth = 0;
        while (shapes.containsKey("blocks." + depth + ".norm1.weight")) {
            depth++;
        }
        boolean sensible = patch.size() == 4
                && (rope || positions.size() == 3 && within(positions.get(1), 2, MAX_SIZE))
                && hidden.size() == 2
                && depth > 0
                && within(patch.get(0), 1, MAX_SIZE)
                && within(patch.get(3), 1, MAX_PATCH)
                && within(hidden.get(0), 1, MAX_SIZE);
        if (!sensible) {
            return Optional.empty();
        }
        int patchSize = patch.get(3).intValue();
        VitOptions options = options(shapes, rope);
        int patches = 1;
        if (!rope) {
            options = patchesAlone(options, positions.get(1)) ? options.withNoEmbedClass() : options;
            patches = positions.get(1).intValue() - (options.noEmbedClass() ? 0 : options.prefixTokens());
        }
        boolean impossible = patches < 1
                || options.mlp() == VitOptions.Mlp.SWIGLU && hidden.get(0) % 2 != 0
                || rope && patch.get(0) % RotaryPositions.NUMBERS_PER_PERIOD != 0;
        if (impossible) {
            return Optional.empty();
        }
        // one row of patches has the shapes of any other arrangement, and one head those of any other number
        return Optional.of(new VitSpec(
                patchSize,
                patches * patchSize,
                patchSize,
                patch.get(0).intValue(),
                depth,
                1,
                hidden.get(0).intValue(),
                0,
                VitSpec.TIMM_EPS,
                options));
    }

    /**
     * The tunable parameters after which tensors are named, q, k and v apart. Sizes that no block shows are made up.
     *
     * @param shapes name to shape of every tensor
     * @return empty if the first block's query matrix or the first matrix of its MLP is missing
     */
    static Optional<List<TunableParameter>> sitesNamed(Map<String, List<Long>> shapes) {
        int depth = 0;
        for (String name : shapes.keySet()) {
            Matcher matcher = BLOCK.matcher(name);
            if (matcher.matches()) {
                depth = Math.max(depth, 1 + Integer.parseInt(matcher.group(1)));
            }
        }
        List<Long> query = shapes.getOrDefault("blocks.0.attn.q.weight", List.of());
        List<Long> hidden = shapes.getOrDefault("blocks.0.mlp.fc1.weight", List.of());
        boolean sensible = query.size() == 2
                && hidden.size() == 2
                && within(query.get(0), 1, MAX_SIZE)
                && within(hidden.get(0), 1, MAX_SIZE);
        return sensible
                ? Optional.of(VitLayout.of(new VitSpec(
                                1,
                                1,
                                1,
                                query.get(0).intValue(),
                                depth,
                                1,
                                hidden.get(0).intValue(),
                                0,
                                VitSpec.TIMM_EPS))
                        .tunableParameters())
                : Optional.empty();
    }

    /** Shapes tell the patches' mean from the class token only by {@code fc_norm}, and one GELU from another not at all. */
    private static VitOptions options(Map<String, List<Long>> shapes, boolean rope) {
        List<Long> registers = shapes.getOrDefault("reg_token", List.of());
        boolean hasRegisters = registers.size() == 3 && within(registers.get(1), 1, MAX_SIZE);
        boolean distilled = !hasRegisters && shapes.containsKey("dist_token");
        boolean fcNorm = !distilled && shapes.containsKey("fc_norm.weight");
        VitOptions options = VitOptions.PLAIN.withMlp(mlp(shapes)).withQkvBias(qkvBias(shapes));
        if (fcNorm) {
            options = options.withAverageThenNorm();
        }
        if (rope || shapes.containsKey("blocks.0.ls1.gamma")) {
            options = options.withLayerScale();
        }
        if (hasRegisters) {
            options = options.withRegTokens(registers.get(1).intValue());
        }
        if (shapes.containsKey("norm_pre.weight")) {
            options = options.withPreNorm();
        }
        if (distilled) {
            options = options.withDistillation();
        }
        return rope ? options.withRope() : options;
    }

    private static VitOptions.Mlp mlp(Map<String, List<Long>> shapes) {
        List<Long> first = firstLayer(shapes);
        List<Long> second = shapes.getOrDefault("blocks.0.mlp.fc2.weight", List.of());
        if (shapes.containsKey("blocks.0.mlp.fc1_g.weight")) {
            return VitOptions.Mlp.SWIGLU_SPLIT;
        }
        boolean halved = first.size() == 2 && second.size() == 2 && first.get(0) == 2 * second.get(1);
        return halved ? VitOptions.Mlp.SWIGLU : VitOptions.Mlp.GELU;
    }

    private static VitOptions.QkvBias qkvBias(Map<String, List<Long>> shapes) {
        if (shapes.containsKey("blocks.0.attn.q_bias")) {
            return VitOptions.QkvBias.QUERY_VALUE;
        }
        return shapes.containsKey("blocks.0.attn.qkv.bias") ? VitOptions.QkvBias.ALL : VitOptions.QkvBias.NONE;
    }

    private static List<Long> firstLayer(Map<String, List<Long>> shapes) {
        List<Long> split = shapes.getOrDefault("blocks.0.mlp.fc1_g.weight", List.of());
        return shapes.getOrDefault("blocks.0.mlp.fc1.weight", split);
    }

    /** Most images are square, and so are their grids of patches. */
    private static boolean patchesAlone(VitOptions options, long positions) {
        return isSquare(positions) && !isSquare(positions - options.prefixTokens());
    }

    private static boolean isSquare(long number) {
        long side = Math.round(Math.sqrt((double) Math.max(0, number)));
        return side * side == number;
    }

    private static boolean within(long size, long min, long max) {
        return size >= min && size <= max;
    }
}
