package dev.inlay.benchmark;

import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitLoader;
import dev.inlay.backbone.vit.VitVariants;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.Optimizer;
import dev.inlay.train.optim.Parameter;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.PlainForm;
import dev.inlay.tuning.method.Prompt;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What it saves that deep prompts are further keys and values only: seconds of a training step and of an evaluation pass
 * in that form and in the plain one, in turn in one run, on DeiT-Ti/16 with random weights at 224 × 224 pixels.
 *
 * <p>Arguments: rounds (5) and images per batch (16).
 */
public final class DeepPrompts {
    private static final int CLASSES = 100;
    private static final int[] TOKENS = {10, 50, 200};

    private final Tuning tuning;
    private final Tensor images;
    private final Tensor labels;
    private final Optimizer optimizer;

    private DeepPrompts(Tuning tuning, Tensor images, Tensor labels, Optimizer optimizer) {
        this.tuning = tuning;
        this.images = images;
        this.labels = labels;
        this.optimizer = optimizer;
    }

    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 16;
        System.out.printf(
                "median (least) of %d rounds, batch %d, %d threads%n", rounds, batch, torch.get_num_threads());
        System.out.printf("%6s %10s %20s %20s %12s%n", "tokens", "", "context, s", "plain, s", "plain/context");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit =
                        VitLoader.random("deit_tiny_patch16_224", VitVariants.of("deit_tiny_patch16_224"), 0)) {
            long pixels = (long) batch * 3 * vit.height() * vit.width();
            Tensor images =
                    Tensors.of(Initial.normal(Key.of(0, "images"), pixels, 0, 1), batch, 3, vit.height(), vit.width());
            Tensor labels = Tensors.indices(new int[batch]);
            for (int tokens : TOKENS) {
                measure(vit, tokens, images, labels, rounds);
            }
        }
    }

    private static void measure(VisionTransformer vit, int tokens, Tensor images, Tensor labels, int rounds) {
        Prompt prompt = new Prompt(Prompt.Depth.DEEP, tokens, 0, 0, false, List.of(), Prompt.Pool.CLASS_TOKEN);
        try (Tuning tuning = new Tuning(vit, prompt, CLASSES, 0);
                Optimizer optimizer = AdamWSpec.DEFAULT.over(DecayRule.ALL_BUT_BIASES.group(
                        tuning.trainables().values().stream()
                                .map(t -> new Parameter(t.name(), t.tensor(), t.kind()))
                                .toList(),
                        0))) {
            DeepPrompts benchmark = new DeepPrompts(tuning, images, labels, optimizer);
            Filling context = tuning.filling();
            Filling plain = new PlainForm(context, vit.depth());
            compare("training", tokens, rounds, () -> benchmark.train(context), () -> benchmark.train(plain));
            compare("evaluation", tokens, rounds, () -> benchmark.evaluate(context), () -> benchmark.evaluate(plain));
        }
    }

    private void train(Filling filling) {
        try (PointerScope scope = new PointerScope()) {
            torch.cross_entropy_loss(logits(filling), labels).backward();
            optimizer.step(1e-4);
            optimizer.zeroGrad();
        }
    }

    private void evaluate(Filling filling) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            logits(filling);
        }
    }

    private Tensor logits(Filling filling) {
        return tuning.head(tuning.backbone().features(images, new Pass(filling, Noise.NONE, 0)));
    }

    /** Prints one line; both run once before they are timed. */
    private static void compare(String what, int tokens, int rounds, Runnable context, Runnable plain) {
        double[] inContext = new double[rounds];
        double[] inPlain = new double[rounds];
        seconds(context);
        seconds(plain);
        for (int i = 0; i < rounds; i++) {
            inContext[i] = seconds(context);
            inPlain[i] = seconds(plain);
        }
        Arrays.sort(inContext);
        Arrays.sort(inPlain);
        double first = inContext[rounds / 2];
        double second = inPlain[rounds / 2];
        System.out.printf(
                "%6d %10s %11.3f (%.3f) %11.3f (%.3f) %12.2f%n",
                tokens, what, first, inContext[0], second, inPlain[0], second / first);
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}
