package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.OutputHook;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Convolutional bypasses beside the attention and beside the MLP of blocks (Jie and Deng, arXiv 2207.07039; see
 * {@link Bypass}). Down starts Xavier-uniform, the convolution as the identity, Up and all biases at zero: nothing
 * changes before the first step. Trainables are {@code convpass.<place>.down|conv|up.weight|bias}: 2 · D · h + D + 9 · h²
 * + 2 · h parameters a place.
 *
 * @param hidden width of the bypass, h, at least 1
 * @param scale fixed factor of what is added; the paper chose among 0.01, 0.1, 1, 10 and 100 for each task
 * @param dropout inside the bypass while training, in [0, 1); 0.1 in the published code
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Convpass(int hidden, double scale, double dropout, List<Integer> blocks) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "convpass";

    private static final Set<HookPoint.Kind> KINDS = Set.of(HookPoint.Kind.ATTENTION, HookPoint.Kind.MLP);
    private static final int KERNEL = 9;

    /** Copies the list. */
    public Convpass {
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        for (HookPoint hookPoint :
                new HookPointSelector(List.of(), blocks).among(attachment.backbone(), KINDS, METHOD)) {
            attachment.output(hookPoint.name(), module(attachment, hookPoint));
        }
    }

    private Bypass module(Attachment attachment, HookPoint hookPoint) {
        String name = METHOD + "." + hookPoint.name();
        double xavier = Math.sqrt(6.0 / (hookPoint.in() + hidden));
        float[] live =
                Initial.uniform(attachment.init().at(name + ".down.weight"), (long) hidden * hookPoint.in(), xavier);
        long[] kernel = {hidden, hidden, 3, 3};
        return new Bypass(
                name,
                Affine.trainable(attachment, name + ".down", live, new float[hidden], Role.MODULE),
                attachment.trainable(name + ".conv.weight", identity(), kernel, Role.MODULE, Kind.WEIGHT),
                attachment.trainable(
                        name + ".conv.bias", new float[hidden], new long[] {hidden}, Role.MODULE, Kind.BIAS),
                Affine.trainable(
                        attachment,
                        name + ".up",
                        new float[hookPoint.out() * hidden],
                        new float[hookPoint.out()],
                        Role.MODULE),
                attachment.backbone().grid(hookPoint.block()),
                scale,
                dropout);
    }

    /** (h, h, 3, 3): every channel keeps itself. */
    private float[] identity() {
        float[] kernel = new float[hidden * hidden * KERNEL];
        for (int channel = 0; channel < hidden; channel++) {
            kernel[(channel * hidden + channel) * KERNEL + KERNEL / 2] = 1;
        }
        return kernel;
    }

    /**
     * y + scale · Up(Dropout(g(Conv(g(Down(x)))))) with g(z) = z σ(1.702 z) and Conv a 3 × 3 convolution over the grid of
     * patches, zeros around it; each leading token is an image of 1 × 1.
     *
     * @param place names the module to the noise and to people
     * @param down (h, D)
     * @param kernel (h, h, 3, 3) of Conv
     * @param bias (h) of Conv
     * @param up (D, h)
     * @param grid how the tokens of x are arranged
     * @param scale fixed factor of what is added
     * @param dropout inside the bypass, in [0, 1)
     */
    record Bypass(
            String place,
            Affine down,
            Tensor kernel,
            Tensor bias,
            Affine up,
            TokenGrid grid,
            double scale,
            double dropout)
            implements OutputHook {
        private static final double QUICK = 1.702;

        @Override
        public Tensor output(Tensor x, Tensor y, Dropout drops) {
            boolean withPatches = x.size(1) > grid.leading(); // not behind the last block's attention
            if (withPatches && x.size(1) != grid.tokens()) {
                throw new ConfigException(
                        place + ": expected " + grid.tokens() + " tokens (" + grid.leading() + " and "
                                + grid.height() + " x " + grid.width() + " patches), found " + x.size(1)
                                + "; convpass does not go together with methods that add or remove tokens, such as shallow prompts");
            }
            Tensor inner = quickGelu(down.of(x)); // (B, M, h)
            Tensor mixed = withPatches ? ofGrid(inner) : pointwise(inner);
            Tensor delta = up.of(drops.dropout(quickGelu(mixed), place, dropout));
            return y.add(delta, new Scalar(scale));
        }

        /** (B, N, h) to the same. */
        private Tensor ofGrid(Tensor inner) {
            Tensor patches = convolved(inner.narrow(1, grid.leading(), grid.patches()), grid.height(), grid.width());
            return grid.leading() == 0
                    ? patches
                    : Tensors.cat(List.of(pointwise(inner.narrow(1, 0, grid.leading())), patches), 1);
        }

        /** (B, height · width, h) to the same, neighbours mixed. */
        private Tensor convolved(Tensor patches, long height, long width) {
            long images = patches.size(0);
            Tensor image = patches.transpose(1, 2).reshape(images, patches.size(2), height, width);
            long[] one = {1, 1};
            return torch.conv2d(image, kernel, Tensors.optional(bias), one, one, one, 1)
                    .flatten(2, 3)
                    .transpose(1, 2);
        }

        /** What the convolution makes of an image of 1 × 1: only the kernel's centre meets it. */
        private Tensor pointwise(Tensor tokens) {
            return torch.linear(tokens, kernel.select(3, 1).select(2, 1), bias);
        }

        private static Tensor quickGelu(Tensor z) {
            return z.mul(z.mul(new Scalar(QUICK)).sigmoid());
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
            return new Convpass(
                    keys.integer("hidden", 8, 1, 1024),
                    keys.number("scale", 1, 1e-6, 1e6),
                    keys.number("dropout", 0, 0, 0.99),
                    HookPointSelector.readBlocks(keys));
        }
    }
}
