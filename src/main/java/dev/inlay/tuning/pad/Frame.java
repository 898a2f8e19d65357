package dev.inlay.tuning.pad;

import dev.inlay.backbone.Noise;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.ImageFilling;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Pixels around images.
 *
 * @param pixels width of the frame, p
 * @param rows (1, 3, 2p, W + 2p) above and below
 * @param columns (1, 3, H, 2p) on the left and on the right
 * @param normalises whether they are colours in [0, 1] that are normalised as ImageNet's are
 */
record Frame(int pixels, Tensor rows, Tensor columns, boolean normalises) implements ImageFilling {
    static final int CHANNELS = 3;

    private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] STD = {0.229f, 0.224f, 0.225f};

    @Override
    public Tensor images(Tensor images, Noise noise) {
        return Tensors.scoped(() -> {
            Tensor horizontal = seen(rows, images.size(0));
            Tensor vertical = seen(columns, images.size(0));
            Tensor middle =
                    Tensors.cat(List.of(vertical.narrow(3, 0, pixels), images, vertical.narrow(3, pixels, pixels)), 3);
            return Tensors.cat(
                    List.of(horizontal.narrow(2, 0, pixels), middle, horizontal.narrow(2, pixels, pixels)), 2);
        });
    }

    /** (1, 3, h, w) to (B, 3, h, w), normalised. */
    private Tensor seen(Tensor part, long count) {
        Tensor normalised = normalises ? part.sub(channels(MEAN, part)).div(channels(STD, part)) : part;
        return normalised.expand(count, CHANNELS, part.size(2), part.size(3));
    }

    /** Beside {@code other}. */
    private static Tensor channels(float[] values, Tensor other) {
        return Device.of(other).of(values, 1, CHANNELS, 1, 1);
    }
}
