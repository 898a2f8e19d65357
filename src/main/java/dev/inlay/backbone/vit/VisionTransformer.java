package dev.inlay.backbone.vit;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Fingerprint;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Place;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.TokenGrid;
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
    private final List<Place> places;
    private final Classifier head;
    private final Layer[] blocks;
    private final long[] normalized;
    private final long[] patchStride;
    private volatile String fingerprint;

    /** Names and norms of one block, built once. */
    private record Layer(
            String block,
            String norm1,
            String attn,
            String qkv,
            String q,
            String k,
            String v,
            String proj,
            String norm2,
            String mlp,
            String fc1,
            String fc2) {
        static Layer of(int i) {
            String name = "blocks." + i;
            String block = name + ".";
            return new Layer(
                    name,
                    block + "norm1",
                    block + "attn",
                    block + "attn.qkv",
                    block + "attn.q",
                    block + "attn.k",
                    block + "attn.v",
                    block + "attn.proj",
                    block + "norm2",
                    block + "mlp",
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
        this.places = VitLayout.places(spec);
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

    @Override
    public VitSpec spec() {
        return spec;
    }

    @Override
    public List<Site> sites() {
        return sites;
    }

    @Override
    public List<Place> places() {
        return places;
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
    public TokenGrid grid(int block) {
        return new TokenGrid(1, spec.height() / spec.patchSize(), spec.width() / spec.patchSize());
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
            Tensor x = output("patch_embed", images, patches.flatten(2, 3).transpose(1, 2), pass); // (B, N-1, D)
            Tensor cls = parameter("cls_token", pass).expand(images.size(0), 1, spec.embedDim());
            return Tensors.cat(List.of(cls, x), 1).add(parameter("pos_embed", pass)); // (B, N, D)
        });
    }

    @Override
    public Tensor block(int index, Tensor x, Pass pass) {
        Layer layer = blocks[index];
        double rate = pass.dropPath(index, spec.depth());
        return Tensors.scoped(() -> {
            Tensor entering = pass.filling().tokens(index, x, pass.noise());
            Tensor attended = Tensors.scoped(() -> attention(index, norm(entering, layer.norm1, pass), layer, pass));
            Tensor y = entering.add(pass.noise().dropPath(attended, layer.proj, rate));
            Tensor mixed = Tensors.scoped(() -> mlp(norm(y, layer.norm2, pass), layer, pass));
            return output(layer.block, entering, y.add(pass.noise().dropPath(mixed, layer.fc2, rate)), pass);
        });
    }

    @Override
    public Tensor readout(Tensor x, Pass pass) {
        return Tensors.scoped(() -> {
            // LayerNorm acts on each token alone, so only those that are read need it
            Tensor read = norm(pass.filling().pooled(x, x.narrow(1, 0, 1)), "norm", pass);
            return read.size(1) == 1 ? read.select(1, 0) : read.mean(1); // (B, D)
        });
    }

    private Tensor attention(int index, Tensor x, Layer layer, Pass pass) {
        Tensor qkv = linear(x, layer.qkv, pass); // (B, N, 3D)
        long d = spec.embedDim();
        Tensor q = output(layer.q, x, qkv.narrow(2, 0, d), pass);
        Tensor k = output(layer.k, x, qkv.narrow(2, d, d), pass);
        Tensor v = output(layer.v, x, qkv.narrow(2, 2 * d, d), pass);
        Optional<Tensor> context = pass.filling().context(index, pass.noise());
        if (context.isPresent()) {
            Tensor c = norm(context.get(), layer.norm1, pass);
            Tensor further = linear(c, layer.qkv, pass); // (1 or B, p, 3D); its queries are not used
            k = followed(k, output(layer.k, c, further.narrow(2, d, d), pass));
            v = followed(v, output(layer.v, c, further.narrow(2, 2 * d, d), pass));
        }
        Tensor attended = torch.scaled_dot_product_attention(heads(q), heads(k), heads(v)); // (B, h, N, D/h)
        Tensor a = attended.transpose(1, 2).reshape(x.size(0), x.size(1), d); // (B, N, D)
        Tensor y = output(layer.proj, a, linear(a, layer.proj, pass), pass);
        return output(layer.attn, x, y, pass);
    }

    /** (B, N, D) and (1 or B, p, D) to (B, N + p, D). */
    private static Tensor followed(Tensor x, Tensor more) {
        return Tensors.cat(List.of(x, more.expand(x.size(0), more.size(1), more.size(2))), 1);
    }

    private Tensor mlp(Tensor x, Layer layer, Pass pass) {
        Tensor active = torch.gelu(output(layer.fc1, x, linear(x, layer.fc1, pass), pass));
        Tensor y = output(layer.fc2, active, linear(active, layer.fc2, pass), pass);
        return output(layer.mlp, x, y, pass);
    }

    private static Tensor output(String place, Tensor x, Tensor y, Pass pass) {
        return pass.filling().output(place, x, y, pass.noise());
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
        Tensor y = torch.layer_norm(
                x,
                normalized,
                Tensors.optional(parameter(norm + ".weight", pass)),
                Tensors.optional(parameter(norm + ".bias", pass)),
                spec.eps(),
                false);
        return output(norm, x, y, pass);
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
