package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.TokenHook;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Visual Prompt Tuning (Jia et al., arXiv 2203.12119; {@code models/vit_prompt/vit.py} of KMnP/vpt): p learned tokens right
 * before the patches, behind the class token and its like, without positions. Prompts change what the backbone computes
 * from the start: they are drawn from U(-v, v) with v = √(6 / (m + d)), m being the numbers in a patch (3 · side²) and d
 * those it is embedded in, or k.
 *
 * <p>Trainables are {@code prompt.blocks.<i>} (1, p, k) for each prompted block, block 0 alone if {@link Depth#SHALLOW}, or
 * {@code prompt.shared} (1, p, k) for all of them; with a projection also {@code prompt.project.weight} (D, k) from
 * N(0, 2 / D) and {@code prompt.project.bias} (D) from U(-1/√k, 1/√k). Without, k = D: p · D parameters for each block,
 * D being the width of that block's tokens. A projection and shared prompts need blocks of one width.
 *
 * @param depth whether prompts enter once, or anew in every prompted block
 * @param tokens p, at least 1
 * @param dropout on the prompts that enter a block while training, in [0, 1); each image and each block drops its own
 * @param project k, the width in which prompts are learned before one linear layer k → D that all share; 0: none, k = D
 * @param shared deep: the same prompts in every prompted block
 * @param blocks deep: which blocks are prompted, negative from the end; all if empty. The others see no prompts.
 * @param pool which tokens are read out
 */
public record Prompt(
        Depth depth, int tokens, double dropout, int project, boolean shared, List<Integer> blocks, Pool pool)
        implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "prompt";

    /** Where prompts enter. */
    public enum Depth {
        /** In front of the first block; from there on they are tokens like any other. */
        SHALLOW,
        /** In every prompted block, where they take the place of what left the block before. */
        DEEP
    }

    /** Which of the tokens that leave the last block are normalised and averaged to the features. */
    public enum Pool {
        /** What the backbone itself reads: a ViT's class token, a Swin Transformer's patches. */
        CLASS_TOKEN,
        /** The patches ({@code img_pool} of the authors' code). */
        PATCHES,
        /** The prompts ({@code prompt_pool}). */
        PROMPTS,
        /** Both ({@code imgprompt_pool}). */
        PATCHES_AND_PROMPTS;

        boolean readsPrompts() {
            return this == PROMPTS || this == PATCHES_AND_PROMPTS;
        }
    }

    /** Copies the list. */
    public Prompt {
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    /**
     * {@inheritDoc}
     *
     * @throws ConfigException if the backbone embeds no patches or lacks a block, or components contradict each other
     */
    @Override
    public void attach(Attachment attachment) {
        Backbone backbone = attachment.backbone();
        List<Integer> prompted = prompted(backbone);
        int last = backbone.depth() - 1;
        check(backbone, prompted);
        int front = backbone.grid(last).leading();
        int first = backbone.embedDim(prompted.get(0));
        UnaryOperator<Tensor> projection = projection(attachment, first);
        Optional<Tensor> common =
                shared ? Optional.of(values(attachment, METHOD + ".shared", first)) : Optional.empty();
        for (int block : prompted) {
            String name = METHOD + ".blocks." + block;
            Tensor values = common.orElseGet(() -> values(attachment, name, backbone.embedDim(block)));
            Prompts prompts = new Prompts(name, values, projection, dropout);
            if (depth == Depth.SHALLOW || block == last && pool.readsPrompts()) {
                attachment.tokens(block, new Inserted(prompts, front));
            } else {
                attachment.context(block, prompts);
            }
        }
        // those that leave the last block, right before the patches
        int leaving = depth == Depth.SHALLOW || pool.readsPrompts() ? tokens : 0;
        switch (pool) {
            case CLASS_TOKEN -> {}
            case PATCHES -> attachment.pooled(x -> from(x, front + leaving));
            case PROMPTS -> attachment.pooled(x -> x.narrow(1, front, leaving));
            case PATCHES_AND_PROMPTS -> attachment.pooled(x -> from(x, front));
        }
    }

    private List<Integer> prompted(Backbone backbone) {
        return new HookPointSelector(List.of(), depth == Depth.SHALLOW ? List.of(0) : blocks)
                .blocksOf(backbone, METHOD);
    }

    private void check(Backbone backbone, List<Integer> prompted) {
        List<String> problems = new ArrayList<>();
        if (tokens < 1) {
            problems.add("method.tokens: expected at least 1, found " + tokens);
        }
        if (depth == Depth.SHALLOW && !blocks.isEmpty()) {
            problems.add("method.blocks: shallow prompts enter in front of the first block only, found " + blocks
                    + "; leave it out, or use depth: deep");
        }
        if (depth == Depth.SHALLOW && shared) {
            problems.add("method.shared: shallow prompts are those of one block; leave it out, or use depth: deep");
        }
        if (depth == Depth.DEEP && pool.readsPrompts() && !prompted.contains(backbone.depth() - 1)) {
            problems.add("method.pool: " + Keys.word(pool) + " needs prompts in the last block of " + backbone.name()
                    + ", found blocks " + blocks + "; add -1, or read other tokens");
        }
        List<Integer> widths =
                prompted.stream().map(backbone::embedDim).distinct().toList();
        if (widths.size() > 1 && (shared || project > 0)) {
            problems.add("method." + (shared ? "shared" : "project")
                    + ": needs prompted blocks of one width, and those of " + backbone.name() + " have " + widths
                    + "; leave it out, or choose method.blocks of one width");
        }
        if (!problems.isEmpty()) {
            throw new ConfigException("method " + METHOD, problems);
        }
    }

    /** Fresh prompts (1, p, k) for blocks of a width. */
    private Tensor values(Attachment attachment, String name, int width) {
        Backbone backbone = attachment.backbone();
        Key key = attachment.init().at(name);
        int k = project == 0 ? width : project;
        float[] values = project == 0
                ? Prompts.initial(backbone, key, tokens, width)
                : Prompts.initial(backbone, key, tokens, project, project);
        return attachment.trainable(name, values, new long[] {1, tokens, k}, Role.MODULE, Kind.TOKEN);
    }

    private UnaryOperator<Tensor> projection(Attachment attachment, int width) {
        if (project == 0) {
            return UnaryOperator.identity();
        }
        String weightName = METHOD + ".project.weight";
        Key weightKey = attachment.init().at(weightName);
        float[] spread = Initial.normal(weightKey, Math.multiplyExact(width, project), 0, Math.sqrt(2.0 / width));
        long[] shape = {width, project};
        Tensor weight = attachment.trainable(weightName, spread, shape, Role.MODULE, Kind.WEIGHT);
        String biasName = METHOD + ".project.bias";
        float[] offsets = Initial.uniform(attachment.init().at(biasName), width, 1 / Math.sqrt((double) project));
        Tensor bias = attachment.trainable(biasName, offsets, new long[] {width}, Role.MODULE, Kind.BIAS);
        return prompts -> torch.linear(prompts, weight, bias);
    }

    private static Tensor from(Tensor x, int first) {
        return x.narrow(1, first, x.size(1) - first);
    }

    /**
     * Prompts put among the tokens that enter a block, ordinary tokens from then on.
     *
     * @param prompts what is put in
     * @param at how many tokens stay in front of them
     */
    record Inserted(Prompts prompts, int at) implements TokenHook {
        @Override
        public int added() {
            return Math.toIntExact(prompts.values().size(1));
        }

        @Override
        public Tensor tokens(Tensor x, Dropout dropout) {
            Tensor inserted = prompts.context(dropout); // (1 or B, p, D)
            return Tensors.cat(
                    List.of(
                            x.narrow(1, 0, at),
                            inserted.expand(x.size(0), inserted.size(1), inserted.size(2)),
                            x.narrow(1, at, x.size(1) - at)),
                    1); // (B, N + p, D)
        }
    }

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new Prompt(
                    keys.choice("depth", Depth.DEEP),
                    keys.integer("tokens", 10, 1, 4096),
                    keys.number("dropout", 0, 0, 0.99),
                    keys.integer("project", 0, 0, 4096),
                    keys.flag("shared", false),
                    HookPointSelector.readBlocks(keys),
                    keys.choice("pool", Pool.CLASS_TOKEN));
        }
    }
}
