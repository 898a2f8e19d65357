package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Site;
import dev.inlay.plan.FlatIndices;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Kind;
import dev.inlay.tuning.Trainable.Part;
import dev.inlay.tuning.sparse.SparseMatrix;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Writes down what a spec attaches: its trainables, what it changes in a pass, and which of that cannot be merged. */
final class Attaching implements Attachment {
    private final Key init;
    private final String method;
    private final Trainables trainables;
    private final Fillings fillings;

    /**
     * @param init key of random initial values
     * @param method whose spec it is, for errors
     */
    Attaching(Key init, String method, Trainables trainables, Fillings fillings) {
        this.init = init;
        this.method = method;
        this.trainables = trainables;
        this.fillings = fillings;
    }

    private void obstacle(String what, String where) {
        fillings.obstacles
                .computeIfAbsent("method " + method + ", " + what, w -> new ArrayList<>())
                .add(where);
    }

    @Override
    public Backbone backbone() {
        return fillings.running();
    }

    @Override
    public Key init() {
        return init;
    }

    @Override
    public Tensor trainable(String name, Tensor initial, Part part, Kind kind) {
        return trainables.register(name, initial, part, kind);
    }

    @Override
    public Tensor trainable(String name, float[] initial, long[] shape, Part part, Kind kind) {
        return trainables.register(name, initial, shape, part, kind);
    }

    @Override
    public Tensor constant(Tensor tensor) {
        fillings.constants.add(Tensors.own(tensor));
        return tensor;
    }

    @Override
    public void value(Site site, UnaryOperator<Tensor> value) {
        fillings.values.merge(site, value, (first, second) -> base -> second.apply(first.apply(base)));
    }

    @Override
    public void parameter(String parameter, Tensor tensor) {
        fillings.whole.put(parameter, tensor);
    }

    @Override
    public void entries(Site site, FlatIndices indices, Tensor delta) {
        fillings.entries
                .computeIfAbsent(site.parameter(), p -> new ArrayList<>())
                .add(new SparseMatrix.Entries(site, indices, delta));
    }

    @Override
    public void output(String place, OutputFilling module) {
        fillings.outputs.computeIfAbsent(place, p -> new ArrayList<>()).add(module);
        if (!(module instanceof Mergeable)) {
            obstacle("modules that no weights replace", place);
        }
    }

    @Override
    public void images(ImageFilling images, Backbone changed) {
        fillings.images.add(images);
        fillings.resized.add(changed);
        obstacle("other images", "the patch embedding");
    }

    @Override
    public void tokens(int block, TokenFilling tokens) {
        fillings.tokens.computeIfAbsent(block, b -> new ArrayList<>()).add(tokens);
        obstacle("other tokens than the picture's", "block " + block);
    }

    @Override
    public void context(int block, ContextFilling context) {
        fillings.contexts.computeIfAbsent(block, b -> new ArrayList<>()).add(context);
        obstacle("other tokens than the picture's", "block " + block);
    }

    @Override
    public void pooled(PoolFilling pool) {
        fillings.pool = Optional.of(pool);
        obstacle("another read-out", "the features");
    }

    @Override
    public void features(FeatureFilling features) {
        fillings.features.add(features);
        obstacle("layers before the head's last", "the features");
    }
}
