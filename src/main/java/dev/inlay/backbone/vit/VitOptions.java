package dev.inlay.backbone.vit;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.SpecProblems;
import dev.inlay.error.ConfigException;
import java.util.List;
import java.util.function.Consumer;

/**
 * In what a ViT differs from the plain one; the names are those of timm's {@code VisionTransformer} where it has one. As
 * JSON only what differs is written.
 *
 * @param globalPool which tokens are averaged to the features
 * @param fcNorm whether the last norm comes behind the pooling, as {@code fc_norm}, instead of before it, as {@code norm}
 * @param layerScale whether what attention and MLP add is scaled by {@code ls1.gamma} and {@code ls2.gamma} (D) (Touvron et
 *     al., arXiv 2103.17239); with {@code rope} timm calls them {@code gamma_1} and {@code gamma_2}
 * @param regTokens number of register tokens behind the class token (Darcet et al., arXiv 2309.16588)
 * @param noEmbedClass whether the position table is that of the patches alone, without rows for the tokens before them
 * @param mlp what is between the MLP's two linear layers
 * @param preNorm whether {@code norm_pre} comes before the first block; then the patch embedding has no bias (CLIP)
 * @param distilled whether a second token, {@code dist_token}, is read out with the class token (DeiT, arXiv 2012.12877)
 * @param qkvBias what is added to queries, keys and values
 * @param rope whether positions are {@linkplain RotaryPositions rotations} of the patches' queries and keys, and there is
 *     no position table (DINOv3, arXiv 2508.10104); timm has these networks as {@code Eva}
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
        @JsonProperty("distilled") boolean distilled,
        @JsonProperty("qkvBias") QkvBias qkvBias,
        @JsonProperty("rope") boolean rope) {

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
        SWIGLU,
        /** The same with u and v from two layers, {@code mlp.fc1_g} and {@code mlp.fc1_x}. */
        @JsonProperty("swiglu_split")
        SWIGLU_SPLIT
    }

    /** What is added to queries, keys and values. */
    public enum QkvBias {
        /** {@code attn.qkv.bias} (3D). */
        @JsonProperty("all")
        ALL,
        /** {@code attn.q_bias} and {@code attn.v_bias} (D); nothing to keys. */
        @JsonProperty("query_value")
        QUERY_VALUE,
        /** Nothing. */
        @JsonProperty("none")
        NONE
    }

    /**
     * Fills in the plain ViT's choices for null.
     *
     * @throws ConfigException listing the options that do not go together
     */
    public VitOptions {
        globalPool = globalPool == null ? Pool.TOKEN : globalPool;
        mlp = mlp == null ? Mlp.GELU : mlp;
        qkvBias = qkvBias == null ? QkvBias.ALL : qkvBias;
        SpecProblems problems = new SpecProblems();
        problems.notNegative("regTokens", regTokens);
        if (distilled && regTokens > 0) {
            problems.add("distilled: no ViT has a distillation token and register tokens; leave one out");
        }
        if (distilled && globalPool != Pool.TOKEN) {
            problems.add("distilled: the features are the class and the distillation token; remove globalPool");
        }
        if (rope && noEmbedClass) {
            problems.add("noEmbedClass: with rope there is no position table; remove it");
        }
        problems.refuse("ViT spec");
    }

    private VitOptions() {
        this(null, false, false, 0, false, null, false, false, null, false);
    }

    /** A copy in which some options are others. */
    private VitOptions with(Consumer<Changed> change) {
        Changed changed = new Changed(this);
        change.accept(changed);
        return changed.options();
    }

    /** Returns these options with the patches' mean as features. */
    public VitOptions withAverage() {
        return with(changed -> changed.globalPool = Pool.AVG);
    }

    /** Returns these options with the patches' mean as features, normed behind the pooling: timm's {@code global_pool='avg'}. */
    public VitOptions withAverageThenNorm() {
        return withAverage().with(changed -> changed.fcNorm = true);
    }

    /** Returns these options with LayerScale. */
    public VitOptions withLayerScale() {
        return with(changed -> changed.layerScale = true);
    }

    /** Returns these options with that many register tokens. */
    public VitOptions withRegTokens(int tokens) {
        return with(changed -> changed.regTokens = tokens);
    }

    /** Returns these options with positions for the patches alone. */
    public VitOptions withNoEmbedClass() {
        return with(changed -> changed.noEmbedClass = true);
    }

    /** Returns these options with another MLP. */
    public VitOptions withMlp(Mlp other) {
        return with(changed -> changed.mlp = other);
    }

    /** Returns these options with a norm before the first block. */
    public VitOptions withPreNorm() {
        return with(changed -> changed.preNorm = true);
    }

    /** Returns these options with a distillation token. */
    public VitOptions withDistillation() {
        return with(changed -> changed.distilled = true);
    }

    /** Returns these options with another bias of queries, keys and values. */
    public VitOptions withQkvBias(QkvBias other) {
        return with(changed -> changed.qkvBias = other);
    }

    /** Returns these options with rotary positions. */
    public VitOptions withRope() {
        return with(changed -> changed.rope = true);
    }

    /** The options that are not the plain ViT's, by their keys. */
    ObjectNode facts() {
        return JSON.valueToTree(this);
    }

    /** How many tokens stand before the patches: the class token, the distillation token, the registers. */
    int prefixTokens() {
        return 1 + (distilled ? 1 : 0) + regTokens;
    }

    /**
     * The name, within a block, of what scales the attention's output or the MLP's.
     *
     * @param number 1 for the attention, 2 for the MLP
     */
    String scale(int number) {
        return rope ? "gamma_" + number : "ls" + number + ".gamma";
    }

    /** The names, within a block, of the MLP's first layers. */
    List<String> firstLayers() {
        return mlp == Mlp.SWIGLU_SPLIT ? List.of("mlp.fc1_g", "mlp.fc1_x") : List.of("mlp.fc1");
    }

    /** The name of the last norm. */
    String lastNorm() {
        return fcNorm ? "fc_norm" : "norm";
    }

    /** Options while some of them are changed. */
    private static final class Changed {
        private Pool globalPool;
        private boolean fcNorm;
        private boolean layerScale;
        private int regTokens;
        private boolean noEmbedClass;
        private Mlp mlp;
        private boolean preNorm;
        private boolean distilled;
        private QkvBias qkvBias;
        private boolean rope;

        Changed(VitOptions from) {
            globalPool = from.globalPool;
            fcNorm = from.fcNorm;
            layerScale = from.layerScale;
            regTokens = from.regTokens;
            noEmbedClass = from.noEmbedClass;
            mlp = from.mlp;
            preNorm = from.preNorm;
            distilled = from.distilled;
            qkvBias = from.qkvBias;
            rope = from.rope;
        }

        VitOptions options() {
            return new VitOptions(
                    globalPool, fcNorm, layerScale, regTokens, noEmbedClass, mlp, preNorm, distilled, qkvBias, rope);
        }
    }
}
