package dev.inlay.backbone.vit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.inlay.error.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The sizes of a Vision Transformer. As JSON it has the keys {@code height, width, patch, dim, depth, heads, hidden} and,
 * optionally, {@code classes} (of the head that comes with the weights) and {@code eps}.
 *
 * @param height of the images, pixels
 * @param width of the images, pixels
 * @param patchSize side of a patch, pixels; divides height and width
 * @param embedDim width of a token, D
 * @param depth number of blocks
 * @param numHeads number of attention heads; divides embedDim
 * @param mlpHidden width of the MLP's hidden layer
 * @param classes classes of the checkpoint's head; 0 if it has none
 * @param eps added to the variance in LayerNorm
 */
public record VitSpec(
        @JsonProperty(value = "height", required = true) int height,
        @JsonProperty(value = "width", required = true) int width,
        @JsonProperty(value = "patch", required = true) int patchSize,
        @JsonProperty(value = "dim", required = true) int embedDim,
        @JsonProperty(value = "depth", required = true) int depth,
        @JsonProperty(value = "heads", required = true) int numHeads,
        @JsonProperty(value = "hidden", required = true) int mlpHidden,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonProperty("classes") int classes,
        @JsonProperty("eps") double eps) {

    /** LayerNorm's epsilon in timm's ViTs. */
    public static final double TIMM_EPS = 1e-6;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * Checks the sizes and fills in the default epsilon for 0.
     *
     * @throws ConfigException listing every size that does not fit
     */
    public VitSpec {
        eps = eps == 0 ? TIMM_EPS : eps;
        List<String> problems = new ArrayList<>();
        atLeast1(problems, "height", height);
        atLeast1(problems, "width", width);
        atLeast1(problems, "patch", patchSize);
        atLeast1(problems, "dim", embedDim);
        atLeast1(problems, "depth", depth);
        atLeast1(problems, "heads", numHeads);
        atLeast1(problems, "hidden", mlpHidden);
        if (patchSize > 0 && (height % patchSize != 0 || width % patchSize != 0)) {
            problems.add("patch: " + patchSize + " does not divide the image of " + height + " × " + width);
        }
        if (numHeads > 0 && embedDim % numHeads != 0) {
            problems.add("heads: " + numHeads + " does not divide dim " + embedDim);
        }
        if (classes < 0) {
            problems.add("classes: must not be negative, found " + classes);
        }
        if (!(eps > 0)) {
            problems.add("eps: must be above 0, found " + eps);
        }
        if (!problems.isEmpty()) {
            throw new ConfigException("ViT spec", problems);
        }
    }

    private static void atLeast1(List<String> problems, String key, int value) {
        if (value < 1) {
            problems.add(key + ": must be at least 1, found " + value);
        }
    }

    /**
     * Reads a spec from JSON.
     *
     * @throws ConfigException if the file is missing, is not such a JSON, or its sizes do not fit
     */
    public static VitSpec read(Path file) {
        try {
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new ConfigException("cannot read the ViT spec " + file + ": " + e);
        }
    }

    /**
     * Parses a spec.
     *
     * @param source what to call it in errors
     * @throws ConfigException if it is not such a JSON or its sizes do not fit
     */
    public static VitSpec parse(String json, String source) {
        try {
            return JSON.readValue(json, VitSpec.class);
        } catch (JsonProcessingException e) {
            if (e.getCause() instanceof ConfigException problem) {
                throw new ConfigException(source + ": " + problem.getMessage());
            }
            throw new ConfigException(source + ": expected a JSON object with height, width, patch, dim, depth, heads,"
                    + " hidden and optionally classes, eps; " + e.getOriginalMessage());
        }
    }

    /** The spec as JSON. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Tokens per image, the class token included. */
    public int tokens() {
        return 1 + (height / patchSize) * (width / patchSize);
    }
}
