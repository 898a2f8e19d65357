package dev.inlay.backbone;

import dev.inlay.kernels.LayerNorm;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import dev.inlay.tensor.TokenProduct;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What the backbones of every family have in common: named tensors that never change, and the operations on them that ask
 * the hooks of a pass. A family adds the forward code.
 *
 * @param <S> the family's specs
 */
public abstract class FrozenNetwork<S extends BackboneSpec> implements Backbone {
    private final String name;
    private final S spec;
    private final double eps;
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();
    private final List<TunableParameter> tunables;
    private final List<HookPoint> hookPoints;
    private final Classifier head;
    private final Device device;
    private final Map<String, Tensor> bf16 = new ConcurrentHashMap<>();
    private Precision precision = Precision.FLOAT32;
    private volatile String fingerprint;

    /**
     * A network over the given tensors.
     *
     * @param name what to call it
     * @param eps of its LayerNorms, unless one has its own
     * @param layout its tunable parameters and places
     * @param parameters at least those of the layout, float32, on one device; ownership is shared with this object
     * @param head the classifier that came with them, or null
     */
    protected FrozenNetwork(
            String name, S spec, double eps, NetworkLayout layout, Map<String, Tensor> parameters, Classifier head) {
        this.name = name;
        this.spec = spec;
        this.eps = eps;
        layout.shapes().keySet().forEach(key -> this.parameters.put(key, Tensors.own(parameters.get(key))));
        this.tunables = layout.tunableParameters();
        this.hookPoints = layout.hookPoints();
        this.head = head;
        this.device = Device.of(this.parameters.values().iterator().next());
    }

    /** This backbone for a spec of the same parameters, over tensors under their names. */
    protected abstract Backbone over(S spec, Map<String, Tensor> parameters);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final S spec() {
        return spec;
    }

    @Override
    public final List<TunableParameter> tunableParameters() {
        return tunables;
    }

    @Override
    public final List<HookPoint> hookPoints() {
        return hookPoints;
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
    public final Device device() {
        return device;
    }

    @Override
    public final Backbone on(Device device) {
        if (parameters.isEmpty()) {
            throw closed();
        }
        Map<String, Tensor> there = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            parameters.forEach((key, tensor) -> there.put(key, device.put(tensor)));
            return sameNumbers(over(spec, there), precision);
        }
    }

    @Override
    public final Precision precision() {
        return precision;
    }

    @Override
    public final Backbone in(Precision precision) {
        if (parameters.isEmpty()) {
            throw closed();
        }
        return sameNumbers(over(spec, parameters), precision);
    }

    /** This backbone for a spec of the same parameters, which it shares. */
    protected final Backbone sharedBy(S spec) {
        return sameNumbers(over(spec, parameters), precision);
    }

    private Backbone sameNumbers(Backbone made, Precision precision) {
        if (made instanceof FrozenNetwork<?> network) {
            network.fingerprint = fingerprint;
            network.precision = precision;
            if (network.device.equals(device)) {
                bf16.forEach((key, matrix) -> network.bf16.put(key, Tensors.own(matrix)));
            }
        }
        return made;
    }

    @Override
    public final String fingerprint() {
        String known = fingerprint;
        if (known == null) {
            known = TensorFingerprint.of(parameters);
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
            throw closed();
        }
        return pass.hooks().parameter(key, computesInBf16(pass) && isMatrix(key, base) ? inBf16(key, base) : base);
    }

    private static boolean isMatrix(String key, Tensor parameter) {
        return parameter.dim() == 2 && key.endsWith(".weight");
    }

    private Tensor inBf16(String key, Tensor matrix) {
        return bf16.computeIfAbsent(key, absent -> {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                return Tensors.own(Precision.BF16.of(matrix));
            }
        });
    }

    /** In the numbers that a pass multiplies with. */
    protected final Tensor multiplied(Tensor tensor, Pass pass) {
        return (computesInBf16(pass) ? Precision.BF16 : Precision.FLOAT32).of(tensor);
    }

    private boolean computesInBf16(Pass pass) {
        return (pass.precision() == null ? precision : pass.precision()) == Precision.BF16;
    }

    private IllegalStateException closed() {
        return new IllegalStateException("the backbone " + name + " is closed");
    }

    /** What leaves a place. */
    protected static Tensor output(String place, Tensor x, Tensor y, Pass pass) {
        return pass.hooks().output(place, x, y, pass.dropout());
    }

    /** (B, N, in) to (B, N, out): the product with {@code NAME.weight}, and {@code NAME.bias} added. Its places are the caller's. */
    protected final Tensor linear(Tensor x, String product, Pass pass) {
        String weight = product + ".weight";
        return product(x, weight, parameter(weight, pass), parameter(product + ".bias", pass), pass);
    }

    /**
     * Computes a linear layer in the pass's precision and reports it to the hooks.
     *
     * @param weight name of the parameter
     * @param matrix its value as (out, in)
     * @param bias (out), or (B, 1, out) for one of each image, or null
     */
    protected final Tensor product(Tensor x, String weight, Tensor matrix, Tensor bias, Pass pass) {
        Tensor in = multiplied(x, pass);
        Tensor w = multiplied(matrix, pass);
        Tensor y;
        if (bias != null && variesByImage(bias)) {
            y = multiplied(TokenProduct.of(in, w, null).add(bias), pass);
        } else {
            y = TokenProduct.of(in, w, bias == null ? null : multiplied(bias, pass));
        }
        pass.hooks().product(weight, in, y);
        return y;
    }

    /**
     * (B, in, H, W) to (B, out, H', W'): the convolution with {@code NAME.weight}.
     *
     * @param biased whether {@code NAME.bias} is added
     * @param groups of channels that are kept apart
     */
    protected final Tensor convolution(
            Tensor x, String convolution, boolean biased, long[] stride, long[] padding, long groups, Pass pass) {
        Tensor filters = parameter(convolution + ".weight", pass);
        Tensor bias = biased ? parameter(convolution + ".bias", pass) : null;
        boolean varies = bias != null && variesByImage(bias);
        Tensor y = torch.conv2d(
                x, filters, Tensors.optional(varies ? null : bias), stride, padding, new long[] {1, 1}, groups);
        return varies ? y.add(bias.transpose(1, 2).unsqueeze(3)) : y;
    }

    /** (B, N, D) to the same: LayerNorm with {@code NAME.weight} and {@code NAME.bias}, and its place. */
    protected final Tensor norm(Tensor x, String norm, Pass pass) {
        return norm(x, norm, eps, pass);
    }

    /** The same with an epsilon of its own. */
    protected final Tensor norm(Tensor x, String norm, double epsilon, Pass pass) {
        Tensor scale = parameter(norm + ".weight", pass);
        Tensor shift = parameter(norm + ".bias", pass);
        Tensor y = variesByImage(scale) || variesByImage(shift)
                ? torch.addcmul(shift, LayerNorm.of(x, null, null, epsilon), scale)
                : LayerNorm.of(x, scale, shift, epsilon);
        return output(norm, x, y, pass);
    }

    /** Whether a vector's value is one of each image, (B, 1, n). */
    private static boolean variesByImage(Tensor vector) {
        return vector.dim() > 1;
    }

    /** Frees the tensors; a family that has others frees them, too. */
    @Override
    public void close() {
        parameters.values().forEach(Tensors::release);
        parameters.clear();
        bf16.values().forEach(Tensors::release);
        bf16.clear();
    }
}
