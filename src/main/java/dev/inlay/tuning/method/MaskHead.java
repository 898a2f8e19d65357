package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.keys.KeyReader;
import dev.inlay.random.Key;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.BatchNorm;
import dev.inlay.tuning.FeatureHook;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a head that gives every pixel a class, from the normalised patches as a map (B, D, h, w). Its last layer, a 1 × 1
 * convolution with bias, and the bilinear resizing to the images are those of every head on maps. Trainables are
 * {@code maskHead.…}, all of them part of the head, and statistics of its batch normalisations.
 *
 * @param decoder what comes before the last layer
 */
public record MaskHead(Decoder decoder) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "maskHead";

    private static final int STEPS = 4;
    private static final int CHANNELS = 256;
    private static final int SIDE = 3;

    /** What comes before the last layer. */
    public enum Decoder {
        /** Batch normalisation, as in the linear evaluation of DINOv2 (arXiv 2304.07193): 2 D parameters. */
        LINEAR,
        /**
         * SETR's progressive upsampling (arXiv 2012.15840): four times a 3 × 3 convolution to 256 channels without bias, batch
         * normalisation, ReLU and bilinear doubling. Filters start from N(0, 2 / (9 · 256)).
         */
        SETR_PUP
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public boolean hasLinearHead() {
        return false;
    }

    @Override
    public void attach(Attachment attachment) {
        int width = attachment.backbone().embedDim();
        switch (decoder) {
            case LINEAR -> {
                BatchNorm norm = BatchNorm.trainable(attachment, METHOD + ".norm", width);
                attachment.features((map, dropout) -> norm.of(map, dropout.training()));
                attachment.map(width);
            }
            case SETR_PUP -> {
                List<Doubling> steps = IntStream.range(0, STEPS)
                        .mapToObj(i -> Doubling.trainable(attachment, METHOD + "." + i, i == 0 ? width : CHANNELS))
                        .toList();
                steps.forEach(attachment::features);
                attachment.map(CHANNELS);
            }
        }
    }

    /**
     * Twice the map of ReLU(BatchNorm(conv x)).
     *
     * @param filters (256, in, 3, 3)
     */
    record Doubling(Tensor filters, BatchNorm norm) implements FeatureHook {
        static Doubling trainable(Attachment attachment, String name, int in) {
            Key key = attachment.init().at(name);
            int area = SIDE * SIDE;
            float[] filters =
                    Initial.normal(key.at("conv"), (long) CHANNELS * in * area, 0, Math.sqrt(2.0 / (area * CHANNELS)));
            long[] shape = {CHANNELS, in, SIDE, SIDE};
            return new Doubling(
                    attachment.trainable(name + ".conv.weight", filters, shape, Role.HEAD, Kind.WEIGHT),
                    BatchNorm.trainable(attachment, name + ".norm", CHANNELS));
        }

        @Override
        public Tensor features(Tensor map, Dropout dropout) {
            Tensor y = torch.relu(
                    norm.of(Maps.convolved(map, filters, Tensors.optional(null), SIDE / 2), dropout.training()));
            return Maps.resized(y, 2 * y.size(2), 2 * y.size(3));
        }
    }

    /** Makes {@link MaskHead} known to task files; configs have it by what their data are. */
    public static final class Method implements TuningMethod {
        private static final String DECODER = "decoder";

        @Override
        public String name() {
            return METHOD;
        }

        @Override
        public StoredSpec store(TuningSpec spec) {
            return StoredSpec.ofRecord(spec);
        }

        @Override
        public TuningSpec restore(StoredSpec stored, String source) {
            KeyReader keys = KeyReader.of(source, stored.json()).withExactly(DECODER);
            return new MaskHead(keys.choice(DECODER, Decoder.LINEAR));
        }
    }
}
