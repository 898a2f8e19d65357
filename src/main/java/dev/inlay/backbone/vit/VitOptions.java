package dev.inlay.backbone.vit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.error.ConfigException;
import java.util.ArrayList;
import java.util.List;

/**
 * In what a ViT differs from the plain one; the names are those of timm's {@code VisionTransformer} where it has one. As
 * JSON only what differs is written.
 *
 * @param globalPool which tokens are averaged to the features
 * @param fcNorm whether the last norm comes behind the pooling, as {@code fc_norm}, instead of before it, as {@code norm}
 * @param layerScale whether what attention and MLP add is scaled by {@code ls1.gamma} and {@code ls2.gamma} (D) (Touvron et
 *     al., arXiv 2103.17239)
 * @param regTokens number of register tokens behind the class token (Darcet et al., arXiv 2309.16588)
 * @param noEmbedClass whether the position table is that of the patches alone, without rows for the tokens before them
 * @param mlp what is between the MLP's two linear layers
 * @param preNorm whether {@code norm_pre} comes before the first block; then the patch embedding has no bias (CLIP)
 * @param distilled whether a second token, {@code dist_token}, is read out with the class token (DeiT, arXiv 2012.12877)
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record VitOptions(
        @JsonProperty("globalPool") Pool globalPool,
        @JsonProperty("fcNorm") boolean fcNorm,
        @JsonProperty("layerScale") boolean layerScale,
        @JsonProperty("regTokens") int regTokens,
        @JsonProperty("noEmbedClass") boolean noEmbedClass,
        @JsonProperty("mlp") Mlp mlp,
        @JsonProperty("preNorm") boolean preNorm,
        @JsonProperty("distilled") boolean distilled) {

    private static final JsonMapper JSON = new JsonMapper();

    /** The ViT of the paper. */
    public static final VitOptions PLAIN = new VitOptions();

    /** Which tokens that leave the last block are averaged to the features. */
    public enum Pool {
        /** The class token; with the distillation token, if there is one. */
        @JsonProperty("token")
        TOKEN,
        /** The patches. */
        @JsonProperty("avg")
        AVG
    }

    /** What is between the MLP's two linear layers. */
    public enum Mlp {
        /** GELU(z) = z Φ(z). */
        @JsonProperty("gelu")
        GELU,
        /** z σ(1.702 z), as the weights of OpenAI's CLIP have it. */
        @JsonProperty("quick_gelu")
        QUICK_GELU,
        /** SiLU(u) ⊙ v, u being the first half of z and v the second (Shazeer, arXiv 2002.05202). */
        @JsonProperty("swiglu")
        SWIGLU
    }

    /**
     * Fills in the plain ViT's choices for null.
     *
     * @throws ConfigException listing the options that do not go together
     */
    public VitOptions {
        globalPool = globalPool == null ? Pool.TOKEN : globalPool;
        mlp = mlp == null ? Mlp.GELU : mlp;
        List<String> problems = new ArrayList<>();
        if (regTokens < 0) {
            problems.add("regTokens: must not be negative, found " + regTokens);
        }
        if (distilled && regTokens > 0) {
            problems.add("distilled: no ViT has a distillation token and register tokens; leave one out");
        }
        if (distilled && globalPool != Pool.TOKEN) {
            problems.add("distilled: the features are the class and the distillation token; remove globalPool");
        }
        if (!problems.isEmpty()) {
            throw new ConfigException("ViT spec", problems);
        }
    }

    private VitOptions() {
        this(Pool.TOKEN, false, false, 0, false, Mlp.GELU, false, false);
    }

    /** The patches' mean as features, normed behind the pooling: what timm calls {@code global_pool='avg'}. */
    public VitOptions withAverageThenNorm() {
        return new VitOptions(Pool.AVG, true, layerScale, regTokens, noEmbedClass, mlp, preNorm, distilled);
    }

    /** With LayerScale. */
    public VitOptions withLayerScale() {
        return new VitOptions(globalPool, fcNorm, true, regTokens, noEmbedClass, mlp, preNorm, distilled);
    }

    /** With that many register tokens. */
    public VitOptions withRegTokens(int tokens) {
        return new VitOptions(globalPool, fcNorm, layerScale, tokens, noEmbedClass, mlp, preNorm, distilled);
    }

    /** With positions for the patches alone. */
    public VitOptions withNoEmbedClass() {
        return new VitOptions(globalPool, fcNorm, layerScale, regTokens, true, mlp, preNorm, distilled);
    }

    /** With another MLP. */
    public VitOptions withMlp(Mlp other) {
        return new VitOptions(globalPool, fcNorm, layerScale, regTokens, noEmbedClass, other, preNorm, distilled);
    }

    /** With a norm before the first block. */
    public VitOptions withPreNorm() {
        return new VitOptions(globalPool, fcNorm, layerScale, regTokens, noEmbedClass, mlp, true, distilled);
    }

    /** With a distillation token. */
    public VitOptions withDistillation() {
        return new VitOptions(globalPool, fcNorm, layerScale, regTokens, noEmbedClass, mlp, preNorm, true);
    }

    /** The options that are not the plain ViT's, by their keys. */
    ObjectNode facts() {
        return JSON.valueToTree(this);
    }

    /** How many tokens stand before the patches: the class token, the distillation token, the registers. */
    int prefixTokens() {
        return 1 + (distilled ? 1 : 0) + regTokens;
    }

    /** The name of the last norm. */
    String lastNorm() {
        return fcNorm ? "fc_norm" : "norm";
    }
}
