package dev.inlay.backbone.convnext;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecProblems;
import dev.inlay.error.ConfigException;
import java.util.List;

/**
 * The sizes of a ConvNeXt. As JSON it has the keys {@code height, width, patch, depths, dims} and, optionally,
 * {@code classes} (of the head that comes with the weights), {@code eps} and {@code headEps}.
 *
 * @param height of the images, pixels; no parameter depends on it
 * @param width of the images, pixels; no parameter depends on it
 * @param patchSize side of a patch of the stem, pixels; rows and columns that fill no patch are left out
 * @param depths number of blocks of each stage
 * @param dims width of a token in each stage
 * @param classes classes of the checkpoint's head; 0 if it has none
 * @param eps added to the variance in LayerNorm
 * @param headEps added to the variance in the last LayerNorm, {@code head.norm}; 0 if that is {@code eps}
 */
public record ConvNeXtSpec(
        @JsonProperty(value = "height", required = true) int height,
        @JsonProperty(value = "width", required = true) int width,
        @JsonProperty(value = "patch", required = true) int patchSize,
        @JsonProperty(value = "depths", required = true) List<Integer> depths,
        @JsonProperty(value = "dims", required = true) List<Integer> dims,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("classes") int classes,
        @JsonProperty("eps") double eps,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("headEps") double headEps)
        implements BackboneSpec {

    /** LayerNorm's epsilon in timm's ConvNeXts. */
    public static final double TIMM_EPS = 1e-6;

    private static final int MAX_CHANNELS = 1 << 16;

    /**
     * Checks the sizes and fills in the default epsilon for 0.
     *
     * @throws ConfigException listing every size that does not fit
     */
    public ConvNeXtSpec {
        eps = eps == 0 ? TIMM_EPS : eps;
        headEps = headEps == eps ? 0 : headEps;
        depths = depths == null ? List.of() : List.copyOf(depths);
        dims = dims == null ? List.of() : List.copyOf(dims);
        SpecProblems problems = new SpecProblems();
        problems.atLeast1("height", height);
        problems.atLeast1("width", width);
        problems.atLeast1("patch", patchSize);
        problems.stages("depths", depths, "dims", dims);
        if (dims.stream().anyMatch(dim -> dim > MAX_CHANNELS)) {
            problems.add("dims: must be at most " + MAX_CHANNELS + ", found " + dims);
        }
        problems.notNegative("classes", classes);
        problems.above0("eps", eps);
        if (!(headEps >= 0)) {
            problems.add("headEps: must be above 0, found " + headEps);
        }
        if (problems.isEmpty() && Math.min(height, width) / patchSize >> (depths.size() - 1) == 0) {
            problems.add("height and width: the image of " + height + " × " + width + " has nothing left for stage "
                    + (depths.size() - 1));
        }
        problems.refuse("ConvNeXt spec");
    }

    /** A ConvNeXt whose norms have one epsilon. */
    public ConvNeXtSpec(
            int height, int width, int patchSize, List<Integer> depths, List<Integer> dims, int classes, double eps) {
        this(height, width, patchSize, depths, dims, classes, eps, 0);
    }

    /** Added to the variance in the last LayerNorm. */
    double lastEps() {
        return headEps == 0 ? eps : headEps;
    }

    /** The stages, first to last. */
    List<ConvNeXtStage> stages() {
        return ConvNeXtStage.all(height / patchSize, width / patchSize, depths, dims);
    }

    /** Width of a token in the first stage. */
    int firstDim() {
        return dims.get(0);
    }

    @Override
    public ConvNeXtSpec forImages(int newHeight, int newWidth) {
        return new ConvNeXtSpec(newHeight, newWidth, patchSize, depths, dims, classes, eps, headEps);
    }

    @Override
    public String family() {
        return ConvNeXtFamily.NAME;
    }

    /** Width of the features, D: that of a token in the last stage. */
    @Override
    public int embedDim() {
        return dims.get(dims.size() - 1);
    }

    /** Number of blocks of all stages. */
    @Override
    public int depth() {
        return depths.stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public ConvNeXtSpec withoutHead() {
        return new ConvNeXtSpec(height, width, patchSize, depths, dims, 0, eps, headEps);
    }

    @Override
    public ObjectNode facts() {
        ObjectNode facts = JsonNodeFactory.instance.objectNode();
        facts.put("patchSize", patchSize).put("embedDim", embedDim()).put("depth", depth());
        return facts.put("depths", depths.toString()).put("dims", dims.toString());
    }
}
