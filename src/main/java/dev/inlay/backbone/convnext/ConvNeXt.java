package dev.inlay.backbone.convnext;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.FrozenNetwork;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.error.ConfigException;
import dev.inlay.kernels.Gelu;
import dev.inlay.kernels.Residual;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * The ConvNeXt of timm: a stem of patches, blocks of a depth-wise convolution, a LayerNorm and an MLP whose output is scaled
 * channel by channel, a product over 2 × 2 tokens between stages, the LayerNorm of the mean of all tokens.
 *
 * <p>Tokens are those of the image, row by row; seen as (B, D, H, W) they lie channels last, which is how the
 * convolutions read them, without a copy. None may be added or taken away: a {@link dev.inlay.backbone.ForwardHooks} that does is
 * refused, and there is no attention to give further keys to.
 *
 * <p>Letters: B images, N tokens of a stage, H × W their grid, D their width.
 */
public final class ConvNeXt extends FrozenNetwork<ConvNeXtSpec> {
    private static final long[] ONE = {1, 1};
    private static final long[] NONE = {0, 0};
    private static final long[] HALF_KERNEL = {ConvNeXtLayout.KERNEL / 2, ConvNeXtLayout.KERNEL / 2};

    private final List<ConvNeXtStage> stages;
    private final Block[] blocks;
    private final long[] patchStride;

    /** Names and stage of one block, built once. */
    private record Block(
            ConvNeXtStage stage,
            boolean isFirst,
            String name,
            String gamma,
            String conv,
            String norm,
            String mlp,
            String fc1,
            String fc2) {
        static Block of(ConvNeXtStage stage, int index) {
            String name = stage.blockName(index);
            String block = name + ".";
            return new Block(
                    stage,
                    index == 0,
                    name,
                    block + "gamma",
                    block + "conv_dw",
                    block + "norm",
                    block + "mlp",
                    block + "mlp.fc1",
                    block + "mlp.fc2");
        }
    }

    /**
     * A ConvNeXt over the given tensors.
     *
     * @param name what to call it
     * @param parameters exactly those of {@link ConvNeXtLayout}, float32; ownership is shared with this object
     * @param head the classifier that came with them, or null
     */
    public ConvNeXt(String name, ConvNeXtSpec spec, Map<String, Tensor> parameters, Classifier head) {
        super(name, spec, spec.eps(), ConvNeXtLayout.of(spec), parameters, head);
        this.stages = spec.stages();
        this.blocks = new Block[spec.depth()];
        for (ConvNeXtStage stage : stages) {
            for (int i = 0; i < stage.depth(); i++) {
                blocks[stage.firstBlock() + i] = Block.of(stage, i);
            }
        }
        this.patchStride = new long[] {spec.patchSize(), spec.patchSize()};
    }

    @Override
    public TokenGrid grid(int block) {
        ConvNeXtStage stage = blocks[block].stage;
        return new TokenGrid(0, stage.height(), stage.width());
    }

    @Override
    public Optional<Backbone> forImages(int height, int width) {
        return Optional.of(sharedBy(spec().forImages(height, width)));
    }

    @Override
    protected Backbone over(ConvNeXtSpec spec, Map<String, Tensor> parameters) {
        return new ConvNeXt(name(), spec, parameters, checkpointHead().orElse(null));
    }

    @Override
    public Tensor embed(Tensor images, Pass pass) {
        return Tensors.scoped(() -> {
            Tensor patches =
                    convolution(images, ConvNeXtLayout.STEM_CONV, true, patchStride, NONE, 1, pass); // (B, D, H, W)
            Tensor x = output(
                    ConvNeXtLayout.STEM_CONV, images, patches.flatten(2, 3).transpose(1, 2), pass);
            return norm(x, ConvNeXtLayout.STEM_NORM, pass); // (B, N, D)
        });
    }

    @Override
    public Tensor block(int index, Tensor x, Pass pass) {
        Block block = blocks[index];
        double rate = pass.dropPath(index, blocks.length);
        return Tensors.scoped(() -> {
            Tensor halved = block.isFirst && index > 0 ? Tensors.scoped(() -> downsample(x, block.stage, pass)) : x;
            Tensor entering = pass.hooks().tokens(index, halved, pass.dropout());
            requireGrid(entering, block);
            Tensor mixed =
                    Tensors.scoped(() -> mlp(norm(convolved(entering, block, pass), block.norm, pass), block, pass));
            return output(
                    block.name,
                    entering,
                    Residual.add(entering, pass.dropout().dropPath(mixed, block.fc2, rate)),
                    pass);
        });
    }

    private void requireGrid(Tensor x, Block block) {
        if (x.size(1) != block.stage.tokens()) {
            throw new ConfigException(block.name + ": expected the " + block.stage.tokens()
                    + " tokens of the image, found " + x.size(1) + "; the backbone " + name()
                    + " convolves and has no room for others, so use no method that adds or removes tokens");
        }
    }

    @Override
    public Tensor readout(Tensor x, Pass pass) {
        return Tensors.scoped(() -> {
            Tensor read = pass.hooks().pooled(x, x); // (B, K, D)
            Tensor mean = read.mean(new long[] {1}, true, new ScalarTypeOptional());
            return norm(mean, ConvNeXtLayout.HEAD_NORM, spec().lastEps(), pass).select(1, 0); // (B, D)
        });
    }

    @Override
    public Tensor map(Tensor x, Pass pass) {
        return Tensors.scoped(
                () -> grid(spec().depth() - 1).map(norm(x, ConvNeXtLayout.HEAD_NORM, spec().lastEps(), pass)));
    }

    /** Squares of 2 × 2 tokens of the stage before to one token each; a row or column too many is left out. */
    private Tensor downsample(Tensor x, ConvNeXtStage stage, Pass pass) {
        ConvNeXtStage before = stages.get(stage.number() - 1);
        Tensor normed = norm(x, stage.downsampleName() + ".0", pass);
        long side = ConvNeXtStage.DOWNSAMPLING;
        Tensor squares = normed.reshape(x.size(0), before.height(), before.width(), before.dim())
                .narrow(1, 0, side * stage.height())
                .narrow(2, 0, side * stage.width())
                .reshape(x.size(0), stage.height(), side, stage.width(), side, before.dim())
                .permute(0, 1, 3, 5, 2, 4)
                .reshape(x.size(0), stage.tokens(), side * side * before.dim()); // in the filters' order
        String filters = stage.downsampleName() + ".1";
        String weight = filters + ".weight";
        Tensor matrix = parameter(weight, pass).flatten(1, -1);
        Tensor y = product(squares, weight, matrix, parameter(filters + ".bias", pass), pass);
        return Precision.FLOAT32.of(output(filters, squares, y, pass));
    }

    /** Each channel's image with the filter of that channel, (B, N, D) to the same. */
    private Tensor convolved(Tensor x, Block block, Pass pass) {
        ConvNeXtStage stage = block.stage;
        Tensor image =
                x.reshape(x.size(0), stage.height(), stage.width(), stage.dim()).permute(0, 3, 1, 2); // (B, D, H, W)
        return convolution(image, block.conv, true, ONE, HALF_KERNEL, stage.dim(), pass)
                .flatten(2, 3)
                .transpose(1, 2);
    }

    private Tensor mlp(Tensor x, Block block, Pass pass) {
        Tensor active = Gelu.of(output(block.fc1, x, linear(x, block.fc1, pass), pass));
        Tensor y = output(block.fc2, active, linear(active, block.fc2, pass), pass);
        return output(block.mlp, x, y.mul(parameter(block.gamma, pass)), pass);
    }
}
