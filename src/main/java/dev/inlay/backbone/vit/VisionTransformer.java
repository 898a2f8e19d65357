package dev.inlay.backbone.vit;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Fingerprint;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Site;
import dev.inlay.tensor.Tensors;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The pre-norm ViT of timm: patch embedding, class token, learned positions, exact GELU, class-token read-out after the
 * last LayerNorm. Letters: B images, N tokens with the class token first, D embedDim, h heads.
 */
public final class VisionTransformer implements Backbone {
    private final String name;
    private final VitSpec spec;
    private final Map<String, Tensor> parameters;
    private final List<Site> sites;
    private final Classifier head;
    private final Layer[] blocks;
    private final long[] normalized;
    private final long[] patchStride;
    private volatile String fingerprint;

    /** Names and norms of one block, built once. */
    private record Layer(
            String norm1, String qkv, String q, String k, String v, String proj, String norm2, String fc1, String fc2) {
        static Layer of(int i) {
            String block = "blocks." + i + ".";
            return new Layer(
                    block + "norm1",
                    block + "attn.qkv",
                    block + "attn.q",
                    block + "attn.k",
                    block + "attn.v",
                    block + "attn.proj",
                    block + "norm2",
                    block + "mlp.fc1",
                    block + "mlp.fc2");
        }
    }

    /**
     * A ViT over the given tensors.
     *
     * @param name what to call it
     * @param parameters exactly those of {@link VitLayout#shapes}, float32; ownership passes to this object
     * @param head the classifier that came with them, or null
     */
    public VisionTransformer(String name, VitSpec spec, Map<String, Tensor> parameters, Classifier head) {
        this.name = name;
        this.spec = spec;
        this.head = head;
        this.parameters = new LinkedHashMap<>();
        VitLayout.shapes(spec).keySet().forEach(key -> this.parameters.put(key, Tensors.own(parameters.get(key))));
        this.sites = VitLayout.sites(spec);
        this.blocks = new Layer[spec.depth()];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = Layer.of(i);
        }
        this.normalized = new long[] {spec.embedDim()};
        this.patchStride = new long[] {spec.patchSize(), spec.patchSize()};
    }

    @Override
    public String name() {
        return name;
    }

    /** The sizes of this ViT. */
    public VitSpec spec() {
        return spec;
    }

    @Override
    public List<Site> sites() {
        return sites;
    }

    @Override
    public Map<String, Tensor> parameters() {
        return Collections.unmodifiableMap(parameters);
    }

    @Override
    public Optional<Classifier> checkpointHead() {
        return Optional.ofNullable(head);
    }

    @Override
    public int embedDim() {
        return spec.embedDim();
    }

    @Override
    public int depth() {
        return spec.depth();
    }

    @Override
    public int height() {
        return spec.height();
    }

    @Override
    public int width() {
        return spec.width();
    }

    @Override
    public String fingerprint() {
        String known = fingerprint;
        if (known == null) {
            known = Fingerprint.of(parameters);
            fingerprint = known;
        }
        return known;
    }

    @Override
    public Tensor embed(Tensor images, Pass pass) {
        return Tensors.scoped(() -> {
            Tensor patches = torch.conv2d(
                    images,
                    parameter("patch_embed.proj.weight", pass),
                    Tensors.optional(parameter("patch_embed.proj.bias", pass)),
                    patchStride,
                    new long[] {0, 0},
                    new long[] {1, 1},
                    1); // (B, D, H/p, W/p)
            Tensor x = patches.flatten(2, 3).transpose(1, 2); // (B, N-1, D)
            Tensor cls = parameter("cls_token", pass).expand(images.size(0), 1, spec.embedDim());
            return Tensors.cat(List.of(cls, x), 1).add(parameter("pos_embed", pass)); // (B, N, D)
        });
    }

    @Override
    public Tensor block(int index, Tensor x, Pass pass) {
        Layer layer = blocks[index];
        double rate = pass.dropPath(index, spec.depth());
        return Tensors.scoped(() -> {
            Tensor attended = Tensors.scoped(() -> attention(norm(x, layer.norm1, pass), layer, pass));
            Tensor y = x.add(pass.noise().dropPath(attended, layer.proj, rate));
            Tensor mixed = Tensors.scoped(() -> mlp(norm(y, layer.norm2, pass), layer, pass));
            return y.add(pass.noise().dropPath(mixed, layer.fc2, rate));
        });
    }

    @Override
    public Tensor readout(Tensor x, Pass pass) {
        // LayerNorm acts on each token alone, so only the class token's is needed
        return Tensors.scoped(() -> norm(x.select(1, 0), "norm", pass)); // (B, D)
    }

    private Tensor attention(Tensor x, Layer layer, Pass pass) {
        Tensor qkv = linear(x, layer.qkv, pass); // (B, N, 3D)
        long d = spec.embedDim();
        Tensor q = heads(pass.filling().output(layer.q, x, qkv.narrow(2, 0, d), pass.noise()));
        Tensor k = heads(pass.filling().output(layer.k, x, qkv.narrow(2, d, d), pass.noise()));
        Tensor v = heads(pass.filling().output(layer.v, x, qkv.narrow(2, 2 * d, d), pass.noise()));
        Tensor attended = torch.scaled_dot_product_attention(q, k, v); // (B, h, N, D/h)
        Tensor a = attended.transpose(1, 2).reshape(x.size(0), x.size(1), d); // (B, N, D)
        return pass.filling().output(layer.proj, a, linear(a, layer.proj, pass), pass.noise());
    }

    private Tensor mlp(Tensor x, Layer layer, Pass pass) {
        Tensor hidden = pass.filling().output(layer.fc1, x, linear(x, layer.fc1, pass), pass.noise());
        Tensor active = torch.gelu(hidden);
        return pass.filling().output(layer.fc2, active, linear(active, layer.fc2, pass), pass.noise());
    }

    /** (B, N, D) to (B, h, N, D/h). */
    private Tensor heads(Tensor x) {
        return x.view(x.size(0), x.size(1), spec.numHeads(), spec.embedDim() / spec.numHeads())
                .transpose(1, 2);
    }

    private Tensor linear(Tensor x, String product, Pass pass) {
        String weight = product + ".weight";
        Tensor y = torch.linear(x, parameter(weight, pass), parameter(product + ".bias", pass));
        pass.filling().product(weight, x, y);
        return y;
    }

    private Tensor norm(Tensor x, String norm, Pass pass) {
        return torch.layer_norm(
                x,
                normalized,
                Tensors.optional(parameter(norm + ".weight", pass)),
                Tensors.optional(parameter(norm + ".bias", pass)),
                spec.eps(),
                false);
    }

    private Tensor parameter(String key, Pass pass) {
        Tensor base = parameters.get(key);
        if (base == null || base.isNull()) {
            throw new IllegalStateException("the backbone " + name + " is closed");
        }
        return pass.filling().parameter(key, base);
    }

    @Override
    public void close() {
        parameters.values().forEach(Tensors::release);
        parameters.clear();
    }
}
