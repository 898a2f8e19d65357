package dev.inlay.tuning.method;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.HookPoint;
import dev.inlay.keys.Keys;
import dev.inlay.tensor.Device;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Affine;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Bottleneck;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.TuningSpec;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A bottleneck behind every block, scaled channel by channel: y + s ⊙ Up(GELU(Down(y))) (Steitz and Roth, arXiv
 * 2406.06820: "post" position, channel-wise scaling, Houlsby initialisation). Both weights start from N(0, 0.01²) truncated
 * at two standard deviations, biases at 0, s at 1: what the backbone computes changes a little before the first step.
 * Trainables are {@code adapterPlus.<block>.down|up.weight|bias} and {@code .scale} (D): 2 · D · bottleneck + bottleneck +
 * 2 · D parameters a block.
 *
 * @param bottleneck width of the inner vector, r, at least 1
 * @param dropPath of the bottleneck while training, in [0, 1); 0.1 in the paper
 * @param blocks behind which blocks, negative from the end; all if empty
 */
public record AdapterPlus(int bottleneck, double dropPath, List<Integer> blocks) implements TuningSpec {
    /** The name in configs. */
    public static final String METHOD = "adapterPlus";

    private static final double STD = 0.01;

    /** Copies the list. */
    public AdapterPlus {
        blocks = List.copyOf(blocks);
    }

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        HookPointSelector where = new HookPointSelector(List.of(), blocks);
        for (HookPoint block : where.among(attachment.backbone(), HookPoint.Kind.BLOCK, METHOD)) {
            attach(attachment, block, bottleneck, dropPath);
        }
    }

    /**
     * Puts a bottleneck behind a block.
     *
     * @param bottleneck its width
     * @param dropPath of the bottleneck while training, in [0, 1)
     */
    static void attach(Attachment attachment, HookPoint block, int bottleneck, double dropPath) {
        int width = block.out();
        String name = METHOD + "." + block.name();
        Affine down = affine(attachment, name + ".down", bottleneck, width);
        Affine up = affine(attachment, name + ".up", width, bottleneck);
        Tensor scale = scale(attachment, name + ".scale", width);
        attachment.output(block.name(), new Layer(name, down, up, scale, dropPath));
    }

    private static Affine affine(Attachment attachment, String name, int out, int in) {
        float[] weight =
                Initial.truncatedNormal(attachment.init().at(name + ".weight"), Math.multiplyExact(out, in), STD);
        return Affine.trainable(attachment, name, weight, new float[out], Role.MODULE);
    }

    private static Tensor scale(Attachment attachment, String name, int width) {
        try (Tensor ones = Device.CPU.ones(width)) {
            return attachment.trainable(name, ones, Role.MODULE, Kind.WEIGHT);
        }
    }

    /**
     * y + s ⊙ DropPath(Up(GELU(Down(y)))).
     *
     * @param place names the module to the noise
     * @param scale s, (D)
     * @param dropPath of the bottleneck, in [0, 1)
     */
    record Layer(String place, Affine down, Affine up, Tensor scale, double dropPath) implements Bottleneck {
        @Override
        public Tensor output(Tensor x, Tensor y, Dropout dropout) {
            Tensor delta = dropout.dropPath(up.of(Activation.GELU.apply(down.of(y))), place, dropPath);
            return torch.addcmul(y, delta, scale);
        }

        @Override
        public Factors factors() {
            Affine scaled =
                    new Affine(up.weight().mul(scale.unsqueeze(1)), up.bias().mul(scale));
            return Factors.of(false, down, scaled, 1, Activation.GELU);
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
            return new AdapterPlus(
                    keys.integer("bottleneck", 8, 1, 4096),
                    keys.number("dropPath", 0, 0, 0.99),
                    HookPointSelector.readBlocks(keys));
        }
    }
}
