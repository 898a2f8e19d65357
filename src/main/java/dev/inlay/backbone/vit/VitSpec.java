package dev.inlay.backbone.vit;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecProblems;
import dev.inlay.error.ConfigException;

/**
 * The sizes and options of a Vision Transformer. As JSON it has the keys {@code height, width, patch, dim, depth, heads,
 * hidden} and, optionally, {@code classes} (of the head that comes with the weights), {@code eps} and those of
 * {@link VitOptions}.
 *
 * @param height of the images, pixels
 * @param width of the images, pixels
 * @param patchSize side of a patch, pixels; divides height and width
 * @param embedDim width of a token, D
 * @param depth number of blocks
 * @param numHeads number of attention heads; divides embedDim
 * @param mlpHidden what the MLP's first layer gives, the rows of {@code mlp.fc1}; with packed SwiGLU half of it enters the
 *     second, with split SwiGLU it is what each of the two first layers gives
 * @param classes classes of the checkpoint's head; 0 if it has none
 * @param eps added to the variance in LayerNorm
 * @param options in what it differs from the plain ViT
 */
public record VitSpec(
        @JsonProperty("height") int height,
        @JsonProperty("width") int width,
        @JsonProperty("patch") int patchSize,
        @JsonProperty("dim") int embedDim,
        @JsonProperty("depth") int depth,
        @JsonProperty("heads") int numHeads,
        @JsonProperty("hidden") int mlpHidden,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("classes") int classes,
        @JsonProperty("eps") double eps,
        VitOptions options)
        implements BackboneSpec {

    /** LayerNorm's epsilon in timm's ViTs. */
    public static final double TIMM_EPS = 1e-6;

    /**
     * Checks the sizes and fills in the default epsilon for 0.
     *
     * @throws ConfigException listing every size that does not fit
     */
    public VitSpec {
        eps = eps == 0 ? TIMM_EPS : eps;
        SpecProblems problems = new SpecProblems();
        problems.atLeast1("height", height);
        problems.atLeast1("width", width);
        problems.atLeast1("patch", patchSize);
        problems.atLeast1("dim", embedDim);
        problems.atLeast1("depth", depth);
        problems.atLeast1("heads", numHeads);
        problems.atLeast1("hidden", mlpHidden);
        problems.patchesFill(patchSize, height, width);
        if (numHeads > 0 && embedDim % numHeads != 0) {
            problems.add("heads: " + numHeads + " does not divide dim " + embedDim);
        } else if (options.rope() && numHeads > 0 && embedDim / numHeads % RotaryPositions.NUMBERS_PER_PERIOD != 0) {
            problems.add("heads: with rope the width of a head must be a multiple of "
                    + RotaryPositions.NUMBERS_PER_PERIOD + ", found dim " + embedDim + " / " + numHeads);
        }
        problems.notNegative("classes", classes);
        if (options.mlp() == VitOptions.Mlp.SWIGLU && mlpHidden % 2 != 0) {
            problems.add("hidden: SwiGLU halves it, found " + mlpHidden);
        }
        problems.above0("eps", eps);
        problems.refuse("ViT spec");
    }

    /** A plain ViT. */
    public VitSpec(
            int height,
            int width,
            int patchSize,
            int embedDim,
            int depth,
            int numHeads,
            int mlpHidden,
            int classes,
            double eps) {
        this(height, width, patchSize, embedDim, depth, numHeads, mlpHidden, classes, eps, VitOptions.PLAIN);
    }

    /** What JSON is bound to, key by key, so that an unknown one is refused. */
    @JsonCreator
    static VitSpec of(
            @JsonProperty(value = "height", required = true) int height,
            @JsonProperty(value = "width", required = true) int width,
            @JsonProperty(value = "patch", required = true) int patchSize,
            @JsonProperty(value = "dim", required = true) int embedDim,
            @JsonProperty(value = "depth", required = true) int depth,
            @JsonProperty(value = "heads", required = true) int numHeads,
            @JsonProperty(value = "hidden", required = true) int mlpHidden,
            @JsonProperty("classes") int classes,
            @JsonProperty("eps") double eps,
            @JsonProperty("globalPool") VitOptions.Pool globalPool,
            @JsonProperty("fcNorm") boolean fcNorm,
            @JsonProperty("layerScale") boolean layerScale,
            @JsonProperty("regTokens") int regTokens,
            @JsonProperty("noEmbedClass") boolean noEmbedClass,
            @JsonProperty("mlp") VitOptions.Mlp mlp,
            @JsonProperty("preNorm") boolean preNorm,
            @JsonProperty("distilled") boolean distilled,
            @JsonProperty("qkvBias") VitOptions.QkvBias qkvBias,
            @JsonProperty("rope") boolean rope) {
        VitOptions options = new VitOptions(
                globalPool, fcNorm, layerScale, regTokens, noEmbedClass, mlp, preNorm, distilled, qkvBias, rope);
        return new VitSpec(height, width, patchSize, embedDim, depth, numHeads, mlpHidden, classes, eps, options);
    }

    /** In what it differs from the plain ViT. As JSON its keys stand among the spec's own. */
    @JsonUnwrapped // here and not at the component: Jackson 2.18.0 takes that for one of the creator's
    @Override
    public VitOptions options() {
        return options;
    }

    @Override
    public String family() {
        return VitFamily.NAME;
    }

    @Override
    public VitSpec withoutHead() {
        return new VitSpec(height, width, patchSize, embedDim, depth, numHeads, mlpHidden, 0, eps, options);
    }

    @Override
    public VitSpec forImages(int newHeight, int newWidth) {
        if (newHeight % patchSize != 0 || newWidth % patchSize != 0) {
            throw new ConfigException("patches of " + patchSize + " × " + patchSize + " do not fill images of "
                    + newHeight + " × " + newWidth + "; choose sizes that " + patchSize + " divides");
        }
        return new VitSpec(newHeight, newWidth, patchSize, embedDim, depth, numHeads, mlpHidden, classes, eps, options);
    }

    @Override
    public ObjectNode facts() {
        ObjectNode facts = JsonNodeFactory.instance
                .objectNode()
                .put("patchSize", patchSize)
                .put("embedDim", embedDim)
                .put("depth", depth)
                .put("numHeads", numHeads);
        facts.setAll(options.facts());
        return facts;
    }

    /** Tokens per image: those before the patches, then the patches. */
    public int tokens() {
        return options.prefixTokens() + patches();
    }

    /** Patches per image. */
    public int patches() {
        return (height / patchSize) * (width / patchSize);
    }

    /** Rows of the position table; 0 if there is none. */
    public int positions() {
        if (options.rope()) {
            return 0;
        }
        return options.noEmbedClass() ? patches() : tokens();
    }

    /** What enters the MLP's second layer, the columns of {@code mlp.fc2}. */
    public int mlpInner() {
        return options.mlp() == VitOptions.Mlp.SWIGLU ? mlpHidden / 2 : mlpHidden;
    }
}
