package dev.inlay.backbone;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.ExpectedTensors.Head;
import dev.inlay.error.DataException;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * A family whose backbones are {@link FrozenNetwork}s: loading, random weights and recognising follow from the layout of a spec.
 *
 * @param <S> its specs
 * @param <N> its backbones
 */
public abstract class FrozenNetworkFamily<S extends BackboneSpec, N extends FrozenNetwork<S>>
        implements BackboneFamily {
    private final String title;
    private final Class<S> specType;

    /**
     * For a family's constructor.
     *
     * @param title what it calls itself in sentences, such as {@code ViT}
     */
    protected FrozenNetworkFamily(String title, Class<S> specType) {
        this.title = title;
        this.specType = specType;
    }

    /** Tunable parameters and places of a backbone. */
    protected abstract NetworkLayout layout(S spec);

    /** The classifiers that a checkpoint may hold; at least one. */
    protected abstract List<Head> heads(S spec);

    /**
     * A backbone over tensors of the layout's shapes.
     *
     * @param tensors at least those; ownership is shared with the backbone
     * @param head the classifier that came with them, or null
     */
    protected abstract N over(String name, S spec, Map<String, Tensor> tensors, Classifier head);

    /**
     * The sizes that the shapes of tensors tell.
     *
     * @return what no shape tells is made up; empty if they are nothing like this family's
     */
    protected abstract Optional<S> specOf(Map<String, List<Long>> shapes);

    /** What networks with such tensors compute that this family does not; one line each. */
    protected List<String> notComputed(S spec) {
        return List.of();
    }

    /** The classifier among tensors that are as expected. */
    protected Optional<Classifier> head(S spec, Map<String, Tensor> tensors, String source) {
        return heads(spec).get(0).read(tensors);
    }

    /** What a person wants to know of a backbone whose sizes only shapes told. */
    protected ObjectNode recognisedFacts(S spec, long headClasses) {
        return spec.facts().put("headClasses", headClasses);
    }

    @Override
    public final Class<S> specType() {
        return specType;
    }

    @Override
    public abstract SortedMap<String, S> variants();

    /**
     * {@inheritDoc}
     *
     * @throws DataException listing every tensor that is missing, unexpected, of another shape or not finite
     */
    @Override
    public final N load(String name, BackboneSpec spec, Map<String, Tensor> tensors, String source) {
        S ours = specType.cast(spec);
        expected(ours).require(tensors, name, source);
        return over(name, ours, tensors, head(ours, tensors, source).orElse(null));
    }

    @Override
    public final N random(String name, BackboneSpec spec, long seed) {
        S ours = specType.cast(spec);
        NetworkLayout layout = layout(ours);
        Map<String, Tensor> tensors = RandomWeights.draw(layout.shapes(), layout.tunableParameters(), seed);
        N network = over(name, ours, tensors, null);
        tensors.values().forEach(Tensors::release);
        return network;
    }

    @Override
    public final ExpectedTensors expected(BackboneSpec spec) {
        S ours = specType.cast(spec);
        return new ExpectedTensors(shapes(ours), heads(ours), ours.embedDim(), notComputed(ours));
    }

    @Override
    public final Map<String, List<Long>> shapes(BackboneSpec spec) {
        return layout(specType.cast(spec)).shapes();
    }

    @Override
    public final List<String> headNames(BackboneSpec spec) {
        return heads(specType.cast(spec)).stream().map(Head::layer).toList();
    }

    @Override
    public final Optional<RecognisedShapes> recognise(Map<String, List<Long>> shapes) {
        return specOf(shapes).map(spec -> {
            List<Long> bias = shapes.getOrDefault(heads(spec).get(0).bias(), List.of(0L));
            long headClasses = bias.size() == 1 ? bias.get(0) : 0;
            return new RecognisedShapes(
                    title,
                    spec,
                    recognisedFacts(spec, headClasses),
                    List.copyOf(shapes(spec).keySet()),
                    variantsOf(shapes),
                    expected(spec).differences(shapes));
        });
    }

    private List<String> variantsOf(Map<String, List<Long>> shapes) {
        List<String> found = new ArrayList<>();
        variants().forEach((name, spec) -> {
            Map<String, List<Long>> backbone = new LinkedHashMap<>(shapes);
            heads(spec).forEach(head -> {
                backbone.remove(head.weight());
                backbone.remove(head.bias());
            });
            if (shapes(spec).equals(backbone)) {
                found.add(name);
            }
        });
        return found;
    }
}
