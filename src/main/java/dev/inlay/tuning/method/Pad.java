package dev.inlay.tuning.method;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.error.ConfigException;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.ImageHook;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A learned frame of p pixels around the normalised image (Jia et al., arXiv 2203.12119: {@code pad}, the prompts of its
 * convolutional networks; {@code models/resnet.py} of KMnP/vpt). The frozen backbone sees images of (H + 2p) × (W + 2p), so
 * features change before the first step.
 *
 * <p>Trainables are {@code pad.rows} (1, 3, 2p, W + 2p), the p rows above and then those below, and {@code pad.columns}
 * (1, 3, H, 2p), the p columns on the left and then those on the right: 6p · (H + W + 2p) parameters.
 *
 * @param pixels p, at least 1
 * @param init what they are and where they start
 */
public record Pad(int pixels, Init init) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "pad";

    /** What the pixels are and where they start. */
    public enum Init {
        /** Colours from U(0, 1), normalised in every pass with ImageNet's mean and standard deviation. */
        UNIFORM,
        /** Normalised colours from N(0, 1). */
        GAUSSIAN
    }

    @Override
    public String method() {
        return METHOD;
    }

    /**
     * {@inheritDoc}
     *
     * @throws ConfigException if the backbone takes images of its own size only, or there are no pixels
     */
    @Override
    public void attach(Attachment attachment) {
        Backbone backbone = attachment.backbone();
        if (pixels < 1) {
            throw new ConfigException("method.pixels: expected at least 1, found " + pixels);
        }
        int height = backbone.height();
        int width = backbone.width();
        int both = 2 * pixels;
        Backbone larger = backbone.forImages(height + both, width + both)
                .orElseThrow(() -> new ConfigException("method " + METHOD + " needs a backbone that takes images of any"
                        + " size, and the backbone " + backbone.name() + " takes " + height + " × " + width
                        + " only; use another method, such as prompt"));
        attachment.images(
                new Frame(
                        pixels,
                        colours(attachment, "rows", both, width + both),
                        colours(attachment, "columns", height, both),
                        init == Init.UNIFORM),
                larger);
    }

    private Tensor colours(Attachment attachment, String part, long rows, long columns) {
        String name = METHOD + "." + part;
        long[] shape = {1, Frame.CHANNELS, rows, columns};
        long count = Frame.CHANNELS * rows * columns;
        float[] values =
                switch (init) {
                    case UNIFORM -> Initial.uniform(attachment.init().at(name), count, 0, 1);
                    case GAUSSIAN -> Initial.normal(attachment.init().at(name), count, 0, 1);
                };
        return attachment.trainable(name, values, shape, Role.MODULE, Kind.TOKEN);
    }

    /**
     * Pixels around images.
     *
     * @param pixels width of the frame, p
     * @param rows (1, 3, 2p, W + 2p) above and below
     * @param columns (1, 3, H, 2p) on the left and on the right
     * @param normalises whether they are colours in [0, 1] that are normalised as ImageNet's are
     */
    record Frame(int pixels, Tensor rows, Tensor columns, boolean normalises) implements ImageHook {
        static final int CHANNELS = 3;

        private static final float[] MEAN = {0.485f, 0.456f, 0.406f};
        private static final float[] STD = {0.229f, 0.224f, 0.225f};

        @Override
        public Tensor images(Tensor images, Dropout dropout) {
            return Tensors.scoped(() -> {
                Tensor horizontal = seen(rows, images.size(0));
                Tensor vertical = seen(columns, images.size(0));
                Tensor middle = Tensors.cat(
                        List.of(vertical.narrow(3, 0, pixels), images, vertical.narrow(3, pixels, pixels)), 3);
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

    /** The method as it is found. */
    public static final class Method implements ConfigurableMethod {
        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public TuningSpec read(Keys keys) {
            return new Pad(keys.integer("pixels", 5, 1, 1024), keys.choice("init", Init.UNIFORM));
        }
    }
}
