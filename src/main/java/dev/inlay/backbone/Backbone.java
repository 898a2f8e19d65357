package dev.inlay.backbone;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A frozen network that turns images into features. Its tensors never change after loading; what is tuned comes in with
 * the {@link Pass}. Safe for use by many threads.
 *
 * <p>Letters in shapes: B images, H × W pixels, N tokens (the class token, if there is one, first), D the width of a token,
 * which may differ from block to block.
 */
public interface Backbone extends AutoCloseable {
    /** A published name such as {@code deit_tiny_patch16_224}, or {@code custom}. */
    String name();

    /** Its sizes and options. */
    BackboneSpec spec();

    /** Every tunable parameter in registration order of the parameters, q, k and v apart. */
    List<TunableParameter> tunableParameters();

    /** Every place whose output a module may change, in the order of the forward pass. */
    List<HookPoint> hookPoints();

    /** The frozen tensors under timm's names in registration order; borrowed. */
    Map<String, Tensor> parameters();

    /** The classifier that came with the weights; empty if there was none. */
    Optional<Classifier> checkpointHead();

    /** Width of the features, D. */
    default int embedDim() {
        return spec().embedDim();
    }

    /**
     * Width of a token in a block: what its {@link HookPoint.Kind#BLOCK} takes in.
     *
     * @param block in [0, depth)
     */
    default int embedDim(int block) {
        return hookPoints().stream()
                .filter(hookPoint -> hookPoint.kind() == HookPoint.Kind.BLOCK && hookPoint.block() == block)
                .findFirst()
                .orElseThrow(() -> new IndexOutOfBoundsException(name() + " has no block " + block))
                .in();
    }

    /** Number of blocks. */
    default int depth() {
        return spec().depth();
    }

    /** Height of the images, in pixels. */
    default int height() {
        return spec().height();
    }

    /** Width of the images, in pixels. */
    default int width() {
        return spec().width();
    }

    /**
     * How the tokens of a block are arranged, as long as no hook adds or removes any.
     *
     * @param block in [0, depth)
     */
    TokenGrid grid(int block);

    /**
     * The same backbone for images of another size: a view that shares the tensors, and counts tokens anew.
     *
     * @param height of the images, pixels
     * @param width of the images, pixels
     * @return owned by the caller; this one may be closed first. Empty if the backbone takes images of its own size only.
     * @throws dev.inlay.error.ConfigException if nothing would be left of so small an image
     */
    default Optional<Backbone> forImages(int height, int width) {
        return Optional.empty();
    }

    /** Where its tensors live; images and tokens must live there, too. */
    Device device();

    /**
     * The same backbone on a device: a view that shares the tensors if they are there, and copies of them otherwise.
     *
     * @return owned by the caller; this one may be closed first
     * @throws IllegalStateException if this one is closed
     */
    Backbone on(Device device);

    /** The numbers that it multiplies with, unless a pass says otherwise. */
    Precision precision();

    /**
     * The same backbone in a precision: a view that shares the tensors. Frozen matrices are converted when a pass first needs them, and kept.
     *
     * @return owned by the caller; this one may be closed first
     * @throws IllegalStateException if this one is closed
     */
    Backbone in(Precision precision);

    /** SHA-256, in hexadecimal, over names, shapes and bytes of all parameters. */
    String fingerprint();

    /**
     * The tokens that enter the first block.
     *
     * @param images (B, 3, H, W) float32, normalised
     * @return (B, N, D), positions added
     */
    Tensor embed(Tensor images, Pass pass);

    /**
     * One block, and what leads from the block before to it.
     *
     * @param index in [0, depth)
     * @param x (B, N, D) what left the block before, or the embedding
     * @return (B, N, D); with other tokens if the pass's hooks put some in or take some out
     */
    Tensor block(int index, Tensor x, Pass pass);

    /**
     * The features of the tokens that leave the last block.
     *
     * @param x (B, N, D)
     * @return (B, D)
     */
    Tensor readout(Tensor x, Pass pass);

    /**
     * The patches that leave the last block, as a map: each normalised as those that are read out are, and none of them averaged.
     *
     * @param x (B, N, D), of a pass whose hooks {@linkplain ForwardHooks#readsOthers read other tokens} than the backbone does
     * @return (B, D, h, w), the rows and columns of the last block's {@link #grid}
     */
    Tensor map(Tensor x, Pass pass);

    /**
     * Images to features: {@link #embed}, every {@link #block}, {@link #readout}.
     *
     * @param images (B, 3, H, W) float32, normalised
     * @return (B, D)
     */
    default Tensor features(Tensor images, Pass pass) {
        return run(images, 0, steps(), pass);
    }

    /** How many steps a pass has: {@link #embed}, every {@link #block}, {@link #readout}. */
    default int steps() {
        return depth() + 2;
    }

    /**
     * The step of a pass that uses a tunable parameter.
     *
     * @param tunable one of {@link #tunableParameters}; outside of all blocks, those of {@link #embed} are registered before those of the
     *     blocks, and those of {@link #readout} behind them
     * @return in [0, {@link #steps})
     */
    default int step(TunableParameter tunable) {
        if (tunable.block() >= 0) {
            return 1 + tunable.block();
        }
        boolean before = tunableParameters().stream()
                .takeWhile(other -> other.block() < 0)
                .anyMatch(tunable::equals);
        return before ? 0 : steps() - 1;
    }

    /**
     * Some steps of a pass, one after the other.
     *
     * @param x what step {@code from} takes: images (B, 3, H, W) for 0, tokens (B, N, D) for the others
     * @param from first step, in [0, {@link #steps}]
     * @param to behind the last step, at least {@code from}
     * @return what step {@code to - 1} gives; {@code x} if there is no step
     */
    default Tensor run(Tensor x, int from, int to, Pass pass) {
        Tensor y = x;
        for (int step = from; step < to; step++) {
            if (step == 0) {
                y = embed(y, pass);
            } else if (step <= depth()) {
                y = block(step - 1, y, pass);
            } else {
                y = readout(y, pass);
            }
        }
        return y;
    }

    /** How many numbers the backbone holds. */
    default long parameterCount() {
        return parameters().values().stream().mapToLong(Tensor::numel).sum();
    }

    /** Frees the tensors; closing twice is harmless. */
    @Override
    void close();
}
