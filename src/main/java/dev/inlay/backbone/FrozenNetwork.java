package dev.inlay.backbone;

import dev.inlay.tensor.Tensors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What the backbones of every family have in common: named tensors that never change, and the operations on them that ask
 * the filling of a pass. A family adds the forward code.
 *
 * @param <S> the family's specs
 */
public abstract class FrozenNetwork<S extends BackboneSpec> implements Backbone {
    private final String name;
    private final S spec;
    private final double eps;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final List<Site> sites;
    private final List<Place> places;
    private final Classifier head;
    private volatile String fingerprint;

    /**
     * A network over the given tensors.
     *
     * @param name what to call it
     * @param eps of its LayerNorms
     * @param names of its parameters, in registration order
     * @param parameters at least those, float32; ownership is shared with this object
     * @param head the classifier that came with them, or null
     */
    protected FrozenNetwork(
            String name,
            S spec,
            double eps,
            Set<String> names,
            Map<String, Tensor> parameters,
            List<Site> sites,
            List<Place> places,
            Classifier head) {
        this.name = name;
        this.spec = spec;
        this.eps = eps;
        names.forEach(key -> this.parameters.put(key, Tensors.own(parameters.get(key))));
        this.sites = sites;
        this.places = places;
        this.head = head;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final S spec() {
        return spec;
    }

    @Override
    public final List<Site> sites() {
        return sites;
    }

    @Override
    public final List<Place> places() {
        return places;
    }

    @Override
    public final Map<String, Tensor> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    @Override
    public final Optional<Classifier> checkpointHead() {
        return Optional.ofNullable(head);
    }

    @Override
    public final String fingerprint() {
        String known = fingerprint;
        if (known == null) {
            known = Fingerprint.of(parameters);
            fingerprint = known;
        }
        return known;
    }

    /**
     * The value of a parameter in a pass.
     *
     * @throws IllegalStateException if the backbone is closed
     */
    protected final Tensor parameter(String key, Pass pass) {
        Tensor base = parameters.get(key);
        if (base == null || base.isNull()) {
            throw new IllegalStateException("the backbone " + name + " is closed");
        }
        return pass.filling().parameter(key, base);
    }

    /** What leaves a place. */
    protected static Tensor output(String place, Tensor x, Tensor y, Pass pass) {
        return pass.filling().output(place, x, y, pass.noise());
    }

    /** (B, N, in) to (B, N, out): the product with {@code NAME.weight}, and {@code NAME.bias} added. Its places are the caller's. */
    protected final Tensor linear(Tensor x, String product, Pass pass) {
        String weight = product + ".weight";
        Tensor matrix = parameter(weight, pass);
        return product(x, weight, matrix, Tensors.optional(parameter(product + ".bias", pass)), pass);
    }

    /**
     * A product that the filling is told of.
     *
     * @param weight name of the parameter
     * @param matrix its value as (out, in)
     * @param bias (out), or nothing
     */
    protected final Tensor product(Tensor x, String weight, Tensor matrix, TensorOptional bias, Pass pass) {
        Tensor y = torch.linear(x, matrix, bias);
        pass.filling().product(weight, x, y);
        return y;
    }

    /** (B, N, D) to the same: LayerNorm with {@code NAME.weight} and {@code NAME.bias}, and its place. */
    protected final Tensor norm(Tensor x, String norm, Pass pass) {
        Tensor y = torch.layer_norm(
                x,
                new long[] {x.size(2)},
                Tensors.optional(parameter(norm + ".weight", pass)),
                Tensors.optional(parameter(norm + ".bias", pass)),
                eps,
                false);
        return output(norm, x, y, pass);
    }

    /** Frees the tensors; a family that has others frees them, too. */
    @Override
    public void close() {
        parameters.values().forEach(Tensors::release);
        parameters.clear();
    }
}
