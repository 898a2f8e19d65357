package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.keys.Keys;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Bottleneck;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Bottleneck adapters: scale · Up(activation(Down(h))) is added to the output of a sub-layer before it joins the stream.
 * Down starts Kaiming-uniform, Up and both biases at zero: nothing changes before the first step, and Up has a gradient
 * from the first step on, Down from the second. Trainables are {@code adapter.<place>.down|up.weight|bias}:
 * 2 · D · bottleneck + bottleneck + D parameters a place.
 *
 * @param placement behind or beside which sub-layers
 * @param bottleneck width of the inner vector, at least 1
 * @param activation between the two maps
 * @param scale fixed factor of what is added
 * @param dropout on h while training, in [0, 1)
 * @param blocks in which blocks, negative from the end; all if empty
 */
public record Adapter(
        Placement placement, int bottleneck, Activation activation, double scale, double dropout, List<Integer> blocks)
        implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "adapter";

    /** Which sub-layers of a block have an adapter, and what it reads. */
    public enum Placement {
        /** Behind attention and behind the MLP; reads their outputs (Houlsby et al., arXiv 1902.00751). */
        HOULSBY,
        /** Behind the MLP; reads its output (Pfeiffer et al., arXiv 2005.00247). */
        PFEIFFER,
        /** Beside the MLP; reads its normalised input (AdaptFormer, arXiv 2205.13535, equations 2 and 3). */
        PARALLEL;

        private Set<HookPoint.Kind> kinds() {
            return this == HOULSBY ? Set.of(HookPoint.Kind.ATTENTION, HookPoint.Kind.MLP) : Set.of(HookPoint.Kind.MLP);
        }

        private boolean isBeside() {
            return this == PARALLEL;
        }
    }

    /** Copies the list. */
    public Adapter {
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        HookPointSelector where = new HookPointSelector(List.of(), blocks);
        for (HookPoint hookPoint : where.among(attachment.backbone(), placement.kinds(), METHOD)) {
            String name = METHOD + "." + hookPoint.name();
            int width = placement.isBeside() ? hookPoint.in() : hookPoint.out();
            float[] live = Initial.linear(attachment.init().at(name + ".down.weight"), bottleneck, width);
            Affine down = Affine.trainable(attachment, name + ".down", live, new float[bottleneck], Role.MODULE);
            float[] zero = new float[hookPoint.out() * bottleneck];
            Affine up = Affine.trainable(attachment, name + ".up", zero, new float[hookPoint.out()], Role.MODULE);
            attachment.output(
                    hookPoint.name(), new Layer(name, placement.isBeside(), down, up, activation, scale, dropout, 0));
        }
    }

    /**
     * y + scale · DropPath(Up(activation(Down(Dropout(h))))), where h is the sub-layer's output y, or its input x for a module
     * beside it.
     *
     * @param place names the module to the noise
     * @param beside true to read the input of the sub-layer instead of its output
     * @param down from the width of h to the bottleneck
     * @param up from the bottleneck to the width of y
     * @param activation between the two
     * @param scale fixed factor of what is added
     * @param dropout on h, in [0, 1)
     * @param dropPath on the module's output, in [0, 1)
     */
    record Layer(
            String place,
            boolean beside,
            Affine down,
            Affine up,
            Activation activation,
            double scale,
            double dropout,
            double dropPath)
            implements Bottleneck {
        @Override
        public Tensor output(Tensor x, Tensor y, Dropout drops) {
            Tensor h = drops.dropout(beside ? x : y, place, dropout);
            Tensor delta = up.of(activation.apply(down.of(h)));
            return y.add(drops.dropPath(delta, place, dropPath), new Scalar(scale));
        }

        @Override
        public Factors factors() {
            return Factors.of(beside, down, up, scale, activation);
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
            return new Adapter(
                    keys.choice("placement", Placement.PFEIFFER),
                    keys.integer("bottleneck", 8, 1, 4096),
                    keys.choice("activation", Activation.GELU),
                    keys.number("scale", 1, 1e-6, 1e6),
                    keys.number("dropout", 0, 0, 0.99),
                    HookPointSelector.readBlocks(keys));
        }
    }
}
