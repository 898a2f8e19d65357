package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.plan.FlatIndices;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.sparse.SparseMatrix;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Writes down what a spec attaches: its trainables, what it changes in a pass, and which of that cannot be merged. */
final class AttachmentRecorder implements Attachment {
    private static final String LAYERS = "layers before the head's last";

    private final Key init;
    private final String method;
    private final Trainables trainables;
    private final AttachedHooks hooks;

    /**
     * @param init key of random initial values
     * @param method whose spec it is, for errors
     */
    AttachmentRecorder(Key init, String method, Trainables trainables, AttachedHooks hooks) {
        this.init = init;
        this.method = method;
        this.trainables = trainables;
        this.hooks = hooks;
    }

    private void obstacle(String what, String where) {
        hooks.obstacles.computeIfAbsent(named(what), w -> new ArrayList<>()).add(where);
    }

    private String named(String what) {
        return "method " + method + ", " + what;
    }

    @Override
    public Backbone backbone() {
        return hooks.running();
    }

    @Override
    public Key init() {
        return init;
    }

    @Override
    public Tensor trainable(String name, Tensor initial, Role part, Kind kind) {
        return trainables.register(name, initial, part, kind);
    }

    @Override
    public Tensor trainable(String name, float[] initial, long[] shape, Role part, Kind kind) {
        return trainables.register(name, initial, shape, part, kind);
    }

    @Override
    public Tensor constant(Tensor tensor) {
        hooks.constants.add(Tensors.own(tensor));
        return tensor;
    }

    @Override
    public void value(TunableParameter tunable, UnaryOperator<Tensor> value) {
        hooks.values.merge(tunable, value, (first, second) -> base -> second.apply(first.apply(base)));
    }

    @Override
    public void parameter(String parameter, Tensor tensor) {
        hooks.whole.put(parameter, tensor);
    }

    @Override
    public void entries(TunableParameter tunable, FlatIndices indices, Tensor delta) {
        hooks.entries
                .computeIfAbsent(tunable.parameter(), p -> new ArrayList<>())
                .add(new SparseMatrix.Entries(tunable, indices, delta));
    }

    @Override
    public void output(String place, OutputHook module) {
        hooks.outputs.computeIfAbsent(place, p -> new ArrayList<>()).add(module);
        if (!(module instanceof Mergeable)) {
            obstacle("modules that no weights replace", place);
        }
    }

    @Override
    public void images(ImageHook images, Backbone changed) {
        hooks.images.add(images);
        hooks.resized.add(changed);
        obstacle("other images", "the patch embedding");
    }

    @Override
    public void tokens(int block, TokenHook tokens) {
        hooks.tokens.computeIfAbsent(block, b -> new ArrayList<>()).add(tokens);
        obstacle("other tokens than the image's", "block " + block);
    }

    @Override
    public void context(int block, ContextHook context) {
        hooks.contexts.computeIfAbsent(block, b -> new ArrayList<>()).add(context);
        obstacle("other tokens than the image's", "block " + block);
    }

    @Override
    public void pooled(PoolHook pool) {
        hooks.pool = Optional.of(pool);
        obstacle("another read-out", "the features");
    }

    @Override
    public void map(int channels) {
        hooks.mapChannels = OptionalInt.of(channels);
        hooks.obstacles.remove(named(LAYERS)); // a head on a map is no part of what is merged
    }

    @Override
    public void features(FeatureHook features) {
        hooks.features.add(features);
        obstacle(LAYERS, "the features");
    }
}
