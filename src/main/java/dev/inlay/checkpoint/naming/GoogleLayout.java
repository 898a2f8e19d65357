package dev.inlay.checkpoint.naming;

import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Which arrays of Google's ViT make which of timm's parameters, in timm's order. The names are those of Flax modules in
 * <a href="https://github.com/google-research/vision_transformer">google-research/vision_transformer</a>; the shapes
 * agree with timm's {@code _load_weights}.
 */
final class GoogleLayout {
    static final String CLASS_TOKEN = "cls";
    static final String PATCH_FILTERS = "embedding/kernel";
    static final String POSITIONS = "Transformer/posembed_input/pos_embedding";
    static final String HEAD = "head/kernel";

    /** An array of the file, without its prefix, with the shape it must have. */
    record Source(String name, List<Long> shape) {}

    /** Makes one parameter of its sources, in their order; temporaries belong to the caller's scope. */
    interface Change {
        Tensor of(List<Tensor> sources);
    }

    /** How one parameter is made. */
    record Rule(List<Source> sources, Change change) {}

    private final GoogleVit.Sizes sizes;
    private final Map<String, Rule> rules = new LinkedHashMap<>();

    private GoogleLayout(GoogleVit.Sizes sizes) {
        this.sizes = sizes;
    }

    /** The array that says a block's number of heads. */
    static String query(int block) {
        return attention(block) + "query/kernel";
    }

    /** The array that says the width of a block's MLP. */
    static String hidden(int block) {
        return mlp(block) + "Dense_0/kernel";
    }

    /** The rules by timm's name of what they make; with those of the head if {@code sizes} has classes. */
    static Map<String, Rule> rules(GoogleVit.Sizes sizes) {
        GoogleLayout layout = new GoogleLayout(sizes);
        long d = sizes.embedDim();
        long patch = sizes.patchSize();
        layout.same("cls_token", CLASS_TOKEN, 1, 1, d);
        layout.same("pos_embed", POSITIONS, 1, sizes.tokens(), d);
        layout.add(
                "patch_embed.proj.weight",
                filters -> filters.get(0).permute(3, 2, 0, 1),
                source(PATCH_FILTERS, patch, patch, 3, d));
        layout.same("patch_embed.proj.bias", "embedding/bias", d);
        for (int i = 0; i < sizes.depth(); i++) {
            layout.block(i);
        }
        layout.norm("norm", "Transformer/encoder_norm");
        if (sizes.classes() > 0) {
            layout.dense("head", "head", d, sizes.classes());
        }
        return layout.rules;
    }

    private void block(int block) {
        String to = "blocks." + block + ".";
        String from = encoderBlock(block);
        String attention = attention(block);
        long d = sizes.embedDim();
        long heads = sizes.numHeads();
        long headDim = sizes.headDim();
        norm(to + "norm1", from + "LayerNorm_0");
        add(
                to + "attn.qkv.weight",
                parts -> Tensors.cat(
                        parts.stream().map(part -> part.flatten(1, 2).t()).toList(), 0),
                source(query(block), d, heads, headDim),
                source(attention + "key/kernel", d, heads, headDim),
                source(attention + "value/kernel", d, heads, headDim));
        add(
                to + "attn.qkv.bias",
                parts -> Tensors.cat(parts.stream().map(Tensor::flatten).toList(), 0),
                source(attention + "query/bias", heads, headDim),
                source(attention + "key/bias", heads, headDim),
                source(attention + "value/bias", heads, headDim));
        add(
                to + "attn.proj.weight",
                out -> out.get(0).flatten(0, 1).t(),
                source(attention + "out/kernel", heads, headDim, d));
        same(to + "attn.proj.bias", attention + "out/bias", d);
        norm(to + "norm2", from + "LayerNorm_2");
        dense(to + "mlp.fc1", mlp(block) + "Dense_0", d, sizes.mlpHidden());
        dense(to + "mlp.fc2", mlp(block) + "Dense_1", sizes.mlpHidden(), d);
    }

    private void norm(String to, String from) {
        same(to + ".weight", from + "/scale", sizes.embedDim());
        same(to + ".bias", from + "/bias", sizes.embedDim());
    }

    private void dense(String to, String from, long in, long out) {
        add(to + ".weight", kernel -> kernel.get(0).t(), source(from + "/kernel", in, out));
        same(to + ".bias", from + "/bias", out);
    }

    private void same(String to, String from, long... shape) {
        add(to, value -> value.get(0), source(from, shape));
    }

    private void add(String to, Change change, Source... sources) {
        rules.put(to, new Rule(List.of(sources), change));
    }

    private static Source source(String name, long... shape) {
        return new Source(name, Arrays.stream(shape).boxed().toList());
    }

    private static String encoderBlock(int block) {
        return "Transformer/encoderblock_" + block + "/";
    }

    private static String attention(int block) {
        return encoderBlock(block) + "MultiHeadDotProductAttention_1/";
    }

    private static String mlp(int block) {
        return encoderBlock(block) + "MlpBlock_3/";
    }
}
