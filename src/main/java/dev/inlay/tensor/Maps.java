package dev.inlay.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What heads do to maps (B, C, h, w). */
public final class Maps {
    private static final long[] ONE = {1, 1};

    private Maps() {}

    /**
     * A convolution with a stride of 1.
     *
     * @param filters (out, in, k, k)
     * @param bias (out), or nothing
     * @param padding zeros around the map
     * @return (B, out, h + 2 padding - k + 1, w + 2 padding - k + 1)
     */
    public static Tensor convolved(Tensor map, Tensor filters, TensorOptional bias, long padding) {
        return torch.conv2d(map, filters, bias, ONE, new long[] {padding, padding}, ONE, 1);
    }

    /**
     * The same linear layer at every pixel, a 1 × 1 convolution.
     *
     * @param weight (out, C)
     * @param bias (out)
     * @return (B, out, h, w)
     */
    public static Tensor linear(Tensor map, Tensor weight, Tensor bias) {
        return convolved(map, weight.unsqueeze(-1).unsqueeze(-1), Tensors.optional(bias), 0);
    }

    /**
     * Resizes bilinearly, corners not aligned, as torch's {@code interpolate}.
     *
     * @return (B, C, height, width); {@code map} if it has that size
     */
    public static Tensor resized(Tensor map, long height, long width) {
        return map.size(2) == height && map.size(3) == width
                ? map
                : torch.upsample_bilinear2d(
                        map, new long[] {height, width}, false, new DoubleOptional(), new DoubleOptional());
    }

    /**
     * Returns the channel that is largest at every pixel, the lowest of equals.
     *
     * @param map (1, C, H, W) of at most 256 channels
     * @return (H, W) as unsigned bytes, row by row
     */
    public static byte[] largest(Tensor map) {
        return largest(map, map.size(2), map.size(3));
    }

    /**
     * Returns the channel that is largest at every pixel of a map that is {@link #resized}, the lowest of equals. One channel is
     * resized at a time, so the memory it takes is that of a few, whatever their number.
     *
     * @param map (1, C, h, w) of at most 256 channels
     * @return (height, width) as unsigned bytes, row by row
     */
    public static byte[] largest(Tensor map, long height, long width) {
        try (PointerScope scope = new PointerScope()) {
            Tensor best = resized(map.narrow(1, 0, 1), height, width).clone();
            Tensor channel = torch.zeros_like(best).to(ScalarType.Byte);
            for (long c = 1; c < map.size(1); c++) {
                try (PointerScope each = new PointerScope()) {
                    Tensor next = resized(map.narrow(1, c, 1), height, width);
                    channel.masked_fill_(next.gt(best), new Scalar(c));
                    best.copy_(torch.maximum(best, next));
                }
            }
            float[] channels = Tensors.floats(channel.to(ScalarType.Float));
            byte[] largest = new byte[channels.length];
            for (int i = 0; i < largest.length; i++) {
                largest[i] = (byte) channels[i];
            }
            return largest;
        }
    }
}
