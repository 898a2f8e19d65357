package dev.inlay.tuning.convpass;

import dev.inlay.backbone.Noise;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.OutputFilling;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * y + scale · Up(Dropout(g(Conv(g(Down(x)))))) with g(z) = z σ(1.702 z) and Conv a 3 × 3 convolution over the grid of
 * patches, zeros around it; each leading token is a picture of 1 × 1.
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
record ConvpassModule(
        String place, Affine down, Tensor kernel, Tensor bias, Affine up, TokenGrid grid, double scale, double dropout)
        implements OutputFilling {
    private static final double QUICK = 1.702;

    @Override
    public Tensor output(Tensor x, Tensor y, Noise noise) {
        boolean withPatches = x.size(1) > grid.leading(); // not behind the last block's attention
        if (withPatches && x.size(1) != grid.tokens()) {
            throw new ConfigException(
                    place + ": expected " + grid.tokens() + " tokens (" + grid.leading() + " and "
                            + grid.height() + " x " + grid.width() + " patches), found " + x.size(1)
                            + "; convpass does not go together with methods that add or remove tokens, such as shallow prompts");
        }
        Tensor inner = quickGelu(down.of(x)); // (B, M, h)
        Tensor mixed = withPatches ? ofGrid(inner) : pointwise(inner);
        Tensor delta = up.of(noise.dropout(quickGelu(mixed), place, dropout));
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
        Tensor picture = patches.transpose(1, 2).reshape(images, patches.size(2), height, width);
        long[] one = {1, 1};
        return torch.conv2d(picture, kernel, Tensors.optional(bias), one, one, one, 1)
                .flatten(2, 3)
                .transpose(1, 2);
    }

    /** What the convolution makes of a picture of 1 × 1: only the kernel's centre meets it. */
    private Tensor pointwise(Tensor tokens) {
        return torch.linear(tokens, kernel.select(3, 1).select(2, 1), bias);
    }

    private static Tensor quickGelu(Tensor z) {
        return z.mul(z.mul(new Scalar(QUICK)).sigmoid());
    }
}
