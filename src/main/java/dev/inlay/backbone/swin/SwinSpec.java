package dev.inlay.backbone.swin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecProblems;
import dev.inlay.error.ConfigException;
import java.util.List;

/**
 * The sizes of a Swin Transformer. As JSON it has the keys {@code height, width, patch, dim, depths, heads, window, ratio}
 * and, optionally, {@code classes} (of the head that comes with the weights) and {@code eps}.
 *
 * @param height of the images, pixels
 * @param width of the images, pixels
 * @param patchSize side of a patch, pixels; divides height and width
 * @param firstDim width of a token in the first stage; each further stage doubles it
 * @param depths number of blocks of each stage
 * @param numHeads number of attention heads of each stage; divides the width of its tokens
 * @param window side of a window, tokens; a stage with fewer tokens a side has a window of those
 * @param mlpRatio width of the MLP's hidden layer over that of a token
 * @param classes classes of the checkpoint's head; 0 if it has none
 * @param eps added to the variance in LayerNorm
 */
public record SwinSpec(
        @JsonProperty(value = "height", required = true) int height,
        @JsonProperty(value = "width", required = true) int width,
        @JsonProperty(value = "patch", required = true) int patchSize,
        @JsonProperty(value = "dim", required = true) int firstDim,
        @JsonProperty(value = "depths", required = true) List<Integer> depths,
        @JsonProperty(value = "heads", required = true) List<Integer> numHeads,
        @JsonProperty(value = "window", required = true) int window,
        @JsonProperty(value = "ratio", required = true) int mlpRatio,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("classes") int classes,
        @JsonProperty("eps") double eps)
        implements BackboneSpec {

    /** LayerNorm's epsilon in timm's Swin Transformers. */
    public static final double TIMM_EPS = 1e-5;

    /**
     * Checks the sizes and fills in the default epsilon for 0.
     *
     * @throws ConfigException listing every size that does not fit
     */
    public SwinSpec {
        eps = eps == 0 ? TIMM_EPS : eps;
        depths = depths == null ? List.of() : List.copyOf(depths);
        numHeads = numHeads == null ? List.of() : List.copyOf(numHeads);
        SpecProblems problems = new SpecProblems();
        problems.atLeast1("height", height);
        problems.atLeast1("width", width);
        problems.atLeast1("patch", patchSize);
        problems.atLeast1("dim", firstDim);
        problems.atLeast1("window", window);
        problems.atLeast1("ratio", mlpRatio);
        problems.stages("depths", depths, "heads", numHeads);
        problems.patchesFill(patchSize, height, width);
        problems.notNegative("classes", classes);
        problems.above0("eps", eps);
        if (problems.isEmpty()) {
            SwinStage.all(height / patchSize, width / patchSize, firstDim, depths, numHeads, window, mlpRatio)
                    .forEach(stage -> stage.problems().forEach(problems::add));
        }
        problems.refuse("Swin spec");
    }

    /** The stages, first to last. */
    List<SwinStage> stages() {
        return SwinStage.all(height / patchSize, width / patchSize, firstDim, depths, numHeads, window, mlpRatio);
    }

    @Override
    public SwinSpec forImages(int newHeight, int newWidth) {
        return new SwinSpec(newHeight, newWidth, patchSize, firstDim, depths, numHeads, window, mlpRatio, classes, eps);
    }

    @Override
    public String family() {
        return SwinFamily.NAME;
    }

    /** Width of the features, D: that of a token in the last stage. */
    @Override
    public int embedDim() {
        return firstDim << (depths.size() - 1);
    }

    /** Number of blocks of all stages. */
    @Override
    public int depth() {
        return depths.stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public SwinSpec withoutHead() {
        return new SwinSpec(height, width, patchSize, firstDim, depths, numHeads, window, mlpRatio, 0, eps);
    }

    @Override
    public ObjectNode facts() {
        ObjectNode facts = JsonNodeFactory.instance.objectNode();
        facts.put("patchSize", patchSize).put("embedDim", embedDim()).put("depth", depth());
        return facts.put("depths", depths.toString())
                .put("numHeads", numHeads.toString())
                .put("window", window);
    }
}
