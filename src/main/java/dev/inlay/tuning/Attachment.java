package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.plan.FlatIndices;
import dev.inlay.random.Key;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** What a {@link TuningSpec} may do to a backbone while it is attached. */
public interface Attachment {
    /** The backbone that the pass goes through; its tensors are read, never written. */
    Backbone backbone();

    /** The key of random initial values; the same for equal seeds. */
    Key init();

    /**
     * Registers a trainable.
     *
     * @param name unique in the task file, dotted
     * @param initial (any shape) its value before training; copied
     * @return the leaf, which requires a gradient unless it is a {@link Trainable.Role#STATISTIC}; borrowed
     * @throws dev.inlay.error.ConfigException if there is one of that name already
     */
    Tensor trainable(String name, Tensor initial, Trainable.Role part, Trainable.Kind kind);

    /**
     * Registers a trainable that starts from plain numbers.
     *
     * @see #trainable(String, Tensor, Trainable.Role, Trainable.Kind)
     */
    Tensor trainable(String name, float[] initial, long[] shape, Trainable.Role part, Trainable.Kind kind);

    /**
     * Keeps a tensor that does not train for as long as the spec is attached.
     *
     * @return {@code tensor}
     */
    Tensor constant(Tensor tensor);

    /**
     * Computes the value of a tunable parameter in every pass.
     *
     * @param value from the frozen value of the tunable parameter to the one to use, of the same shape
     */
    void value(TunableParameter tunable, UnaryOperator<Tensor> value);

    /**
     * Uses a tensor in the place of a whole parameter in every pass.
     *
     * @param parameter timm's name, q, k and v fused
     * @param tensor of the same shape
     */
    void parameter(String parameter, Tensor tensor);

    /**
     * Tunes individual weights of a matrix.
     *
     * @param tunable a matrix
     * @param indices flat positions inside the tunable parameter
     * @param delta (nnz) trainable; what is added there
     */
    void entries(TunableParameter tunable, FlatIndices indices, Tensor delta);

    /**
     * Registers an output hook at a hook point; several run in order.
     *
     * @param place name of a {@link dev.inlay.backbone.HookPoint}, such as {@code blocks.3.attn.q}
     */
    void output(String place, OutputHook module);

    /**
     * Changes the images that enter the backbone; several act one after the other. From here on {@link #backbone} is the
     * one for the changed images.
     *
     * @param backbone for images of the new size, from {@link Backbone#forImages}; ownership passes to this object
     */
    void images(ImageHook images, Backbone backbone);

    /**
     * Changes the tokens that enter a block; several act one after the other.
     *
     * @param block index of the block
     */
    void tokens(int block, TokenHook tokens);

    /**
     * Gives a block's attention further keys and values; those of several come one after the other.
     *
     * @param block index of the block
     */
    void context(int block, ContextHook context);

    /** Replaces the pooling of tokens before the final norm. */
    void pooled(PoolHook pool);

    /**
     * Reads a pass as a map of all patches, (B, D, h, w), and not as the backbone's features.
     *
     * @param channels of the map after all changes of features, which the head's last layer sees
     */
    void map(int channels);

    /** Changes the features before the head's last layer; several act one after the other. */
    void features(FeatureHook features);
}
