package dev.inlay.backbone.swin;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.FrozenNetwork;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.kernels.Gelu;
import dev.inlay.kernels.Residual;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The Swin Transformer of timm: patch embedding with a norm, attention within windows that every second block shifts,
 * biases of relative positions, merging of patches between stages, the mean of the tokens after the last LayerNorm.
 *
 * <p>Tokens that a {@link dev.inlay.backbone.ForwardHooks} puts in front of those of the patches are part of every window, without a
 * position; what the windows of an image make of one is averaged, and merging widens it by repeating it four times
 * (Visual Prompt Tuning's code, {@code models/vit_prompt/swin_transformer.py}, but within each image). Linear places inside
 * the attention see tokens in the order of windows, those of padding among them.
 *
 * <p>Letters: B images, p tokens in front, N tokens in all, D width of the stage's tokens, h heads, n tokens of a window.
 */
public final class SwinTransformer extends FrozenNetwork<SwinSpec> {
    private static final int MERGED = 4;
    private static final long[] UNPADDED = {0, 0};

    private final List<SwinStage> stages;
    private final Block[] blocks;
    private final List<Windows> windows = new ArrayList<>();
    private final long[] patchStride;

    /** Names, stage and windows of one block, built once. */
    private record Block(
            SwinStage stage,
            Windows windows,
            boolean isFirst,
            String name,
            String norm1,
            String attn,
            String table,
            String qkv,
            String q,
            String k,
            String v,
            String proj,
            String norm2,
            String mlp,
            String fc1,
            String fc2) {
        static Block of(SwinStage stage, Windows windows, int index) {
            String name = stage.blockName(index);
            String block = name + ".";
            return new Block(
                    stage,
                    windows,
                    index == 0,
                    name,
                    block + "norm1",
                    block + "attn",
                    block + SwinLayout.TABLE,
                    block + "attn.qkv",
                    block + "attn.q",
                    block + "attn.k",
                    block + "attn.v",
                    block + "attn.proj",
                    block + "norm2",
                    block + "mlp",
                    block + "mlp.fc1",
                    block + "mlp.fc2");
        }
    }

    /**
     * A Swin Transformer over the given tensors.
     *
     * @param name what to call it
     * @param parameters exactly those of {@link SwinLayout}, float32; ownership passes to this object
     * @param head the classifier that came with them, or null
     */
    public SwinTransformer(String name, SwinSpec spec, Map<String, Tensor> parameters, Classifier head) {
        super(name, spec, spec.eps(), SwinLayout.of(spec), parameters, head);
        this.stages = spec.stages();
        this.blocks = new Block[spec.depth()];
        for (SwinStage stage : stages) {
            Windows straight = windows(stage, false);
            Windows shifted = stage.isShifted(1) ? windows(stage, true) : straight;
            for (int i = 0; i < stage.depth(); i++) {
                blocks[stage.firstBlock() + i] = Block.of(stage, i % 2 == 0 ? straight : shifted, i);
            }
        }
        this.patchStride = new long[] {spec.patchSize(), spec.patchSize()};
    }

    private Windows windows(SwinStage stage, boolean shifted) {
        Windows made = new Windows(device(), stage, shifted);
        windows.add(made);
        return made;
    }

    @Override
    protected Backbone over(SwinSpec spec, Map<String, Tensor> parameters) {
        return new SwinTransformer(name(), spec, parameters, checkpointHead().orElse(null));
    }

    @Override
    public TokenGrid grid(int block) {
        SwinStage stage = blocks[block].stage;
        return new TokenGrid(0, stage.height(), stage.width());
    }

    @Override
    public Tensor embed(Tensor images, Pass pass) {
        return Tensors.scoped(() -> {
            Tensor patches =
                    convolution(images, "patch_embed.proj", true, patchStride, UNPADDED, 1, pass); // (B, D, H/p, W/p)
            Tensor x = output("patch_embed", images, patches.flatten(2, 3).transpose(1, 2), pass);
            return norm(x, "patch_embed.norm", pass); // (B, N, D)
        });
    }

    @Override
    public Tensor block(int index, Tensor x, Pass pass) {
        Block block = blocks[index];
        double rate = pass.dropPath(index, blocks.length);
        return Tensors.scoped(() -> {
            Tensor merged = block.isFirst && index > 0 ? Tensors.scoped(() -> merge(x, block.stage, pass)) : x;
            Tensor entering = pass.hooks().tokens(index, merged, pass.dropout());
            Tensor attended = Tensors.scoped(() -> attention(index, norm(entering, block.norm1, pass), block, pass));
            Tensor y = Residual.add(entering, pass.dropout().dropPath(attended, block.proj, rate));
            Tensor mixed = Tensors.scoped(() -> mlp(norm(y, block.norm2, pass), block, pass));
            return output(block.name, entering, Residual.add(y, pass.dropout().dropPath(mixed, block.fc2, rate)), pass);
        });
    }

    @Override
    public Tensor readout(Tensor x, Pass pass) {
        return Tensors.scoped(() -> {
            long patches = stages.get(stages.size() - 1).tokens();
            Tensor own = x.narrow(1, x.size(1) - patches, patches);
            return norm(pass.hooks().pooled(x, own), "norm", pass).mean(1); // (B, D)
        });
    }

    @Override
    public Tensor map(Tensor x, Pass pass) {
        TokenGrid grid = grid(spec().depth() - 1);
        return Tensors.scoped(
                () -> grid.map(norm(x.narrow(1, x.size(1) - grid.patches(), grid.patches()), "norm", pass)));
    }

    /** Four tokens of the stage before, side by side, to one: (B, p + N, D/2) to (B, p + N/4, D). */
    private Tensor merge(Tensor x, SwinStage stage, Pass pass) {
        SwinStage before = stages.get(stage.number() - 1);
        long dim = before.dim();
        long leading = x.size(1) - before.tokens();
        Tensor grid = x.narrow(1, leading, before.tokens()).reshape(x.size(0), before.height(), before.width(), dim);
        if (before.height() % 2 + before.width() % 2 > 0) {
            grid = torch.constant_pad_nd(grid, 0, 0, 0, before.width() % 2, 0, before.height() % 2);
        }
        Tensor merged = grid.reshape(x.size(0), stage.height(), 2, stage.width(), 2, dim)
                .permute(0, 1, 3, 4, 2, 5)
                .reshape(x.size(0), stage.tokens(), MERGED * dim);
        if (leading > 0) {
            merged = Tensors.cat(List.of(x.narrow(1, 0, leading).repeat(1, 1, MERGED), merged), 1);
        }
        Tensor normed = norm(merged, stage.downsampleName() + ".norm", pass);
        String reduction = stage.downsampleName() + ".reduction";
        String weight = reduction + ".weight";
        Tensor y = product(normed, weight, parameter(weight, pass), null, pass);
        return Precision.FLOAT32.of(output(reduction, normed, y, pass));
    }

    private Tensor attention(int index, Tensor x, Block block, Pass pass) {
        SwinStage stage = block.stage;
        long d = stage.dim();
        long leading = x.size(1) - stage.tokens();
        Tensor patches = block.windows.cut(x.narrow(1, leading, stage.tokens()));
        Tensor tokens = leading == 0 ? patches : Tensors.cat(List.of(x.narrow(1, 0, leading), patches), 1);
        List<Tensor> qkv = Tensors.split(linear(tokens, block.qkv, pass), d, 2); // (B, p + windows · n, D) each
        Tensor q = output(block.q, tokens, qkv.get(0), pass);
        Tensor k = output(block.k, tokens, qkv.get(1), pass);
        Tensor v = output(block.v, tokens, qkv.get(2), pass);
        long answering = leading;
        Optional<Tensor> context = pass.hooks().context(index, pass.dropout());
        if (context.isPresent()) {
            Tensor c = norm(context.get(), block.norm1, pass);
            List<Tensor> further =
                    Tensors.split(linear(c, block.qkv, pass), d, 2); // (1 or B, p, D); queries are not used
            k = preceded(k, output(block.k, c, further.get(1), pass));
            v = preceded(v, output(block.v, c, further.get(2), pass));
            answering += c.size(1);
        }
        Tensor attended = torch.scaled_dot_product_attention(
                heads(Precision.FLOAT32.of(q), stage, leading),
                heads(Precision.FLOAT32.of(k), stage, answering),
                heads(Precision.FLOAT32.of(v), stage, answering),
                Tensors.optional(block.windows.bias(parameter(block.table, pass), leading, answering)),
                0,
                false,
                new DoubleOptional(),
                false); // (B, windows · h, p + n, D/h)
        Tensor a = tokens(attended, block, leading);
        Tensor y = output(block.proj, a, linear(a, block.proj, pass), pass);
        return output(block.attn, x, y, pass);
    }

    /** (B, N, D) and (1 or B, p, D) to (B, p + N, D). */
    private static Tensor preceded(Tensor x, Tensor more) {
        return Tensors.cat(List.of(more.expand(x.size(0), more.size(1), more.size(2)), x), 1);
    }

    /** (B, p + windows · n, D) to (B, windows · h, p + n, D/h): every window with the p tokens in front of its own. */
    private static Tensor heads(Tensor x, SwinStage stage, long leading) {
        long images = x.size(0);
        long windows = stage.windows();
        long area = stage.windowArea();
        Tensor own = x.narrow(1, leading, windows * area).unflatten(1, windows, area);
        if (leading > 0) {
            Tensor copies = x.narrow(1, 0, leading).unsqueeze(1).expand(images, windows, leading, stage.dim());
            own = Tensors.cat(List.of(copies, own), 2);
        }
        return own.unflatten(3, stage.heads(), stage.dim() / stage.heads())
                .transpose(2, 3)
                .flatten(1, 2);
    }

    /** Undoes {@link #heads}, and the order of windows: (B, p + H · W, D). */
    private static Tensor tokens(Tensor attended, Block block, long leading) {
        SwinStage stage = block.stage;
        Tensor x = attended.unflatten(1, stage.windows(), stage.heads())
                .transpose(2, 3)
                .flatten(3, 4); // (B, windows, p + n, D)
        Tensor patches =
                block.windows.join(x.narrow(2, leading, stage.windowArea()).flatten(1, 2));
        return leading == 0
                ? patches
                : Tensors.cat(List.of(x.narrow(2, 0, leading).mean(1), patches), 1);
    }

    private Tensor mlp(Tensor x, Block block, Pass pass) {
        Tensor active = Gelu.of(output(block.fc1, x, linear(x, block.fc1, pass), pass));
        Tensor y = output(block.fc2, active, linear(active, block.fc2, pass), pass);
        return output(block.mlp, x, y, pass);
    }

    @Override
    public void close() {
        super.close();
        windows.forEach(Windows::close);
        windows.clear();
    }
}
