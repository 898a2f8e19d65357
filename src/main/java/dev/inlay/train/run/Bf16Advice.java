package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.config.RunConfig;
import dev.inlay.tensor.Precision;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** What a run says of bf16 where the CPU multiplies it: that {@code auto} took it, or how much faster it would be. */
final class Bf16Advice {
    private static final int IMAGES = 16;
    private static final int TURNS = 2;

    /** Where the gain is smaller, nothing is said. */
    private static final double WORTH_SAYING = 1.1;

    private Bf16Advice() {}

    /**
     * The advice on a config; measures one block in both precisions, if the config uses float32.
     *
     * @param backbone of the run
     */
    static Optional<String> of(RunConfig config, Backbone backbone) {
        if (backbone.device().isCuda() || !Precision.BF16.isNative(backbone.device())) {
            return Optional.empty();
        }
        if (config.precision().precision().isEmpty()) {
            return Optional.of("this CPU computes in bf16, and so does this run (precision: auto)");
        }
        Precision training = config.train().precision().on(backbone.device());
        if (training == Precision.BF16 || backbone.precision() == Precision.BF16) {
            return Optional.empty();
        }
        double gain = gain(backbone);
        return gain < WORTH_SAYING
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "this CPU computes in bf16: precision=bf16 is about %.1f times as fast here",
                        gain));
    }

    /** How many times as fast a block in the middle is in bf16. */
    private static double gain(Backbone backbone) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            int block = backbone.depth() / 2;
            Tensor image = backbone.device().zeros(1, 3, backbone.height(), backbone.width());
            Tensor tokens = backbone.run(image, 0, 1 + block, Pass.BARE).repeat(IMAGES, 1, 1);
            double inFloat32 = Double.MAX_VALUE;
            double inBf16 = Double.MAX_VALUE;
            for (int turn = 0; turn < TURNS; turn++) {
                inFloat32 = Math.min(inFloat32, seconds(backbone, block, tokens, Precision.FLOAT32));
                inBf16 = Math.min(inBf16, seconds(backbone, block, tokens, Precision.BF16));
            }
            return inFloat32 / inBf16;
        }
    }

    private static double seconds(Backbone backbone, int block, Tensor tokens, Precision precision) {
        Pass pass = new Pass(ForwardHooks.NONE, Dropout.NONE, 0, precision);
        long begun = System.nanoTime();
        backbone.block(block, tokens, pass).close();
        return (System.nanoTime() - begun) * 1e-9;
    }
}
