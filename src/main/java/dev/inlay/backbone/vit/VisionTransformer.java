package dev.inlay.backbone.vit;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.FrozenNetwork;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.kernels.Attention;
import dev.inlay.kernels.Gelu;
import dev.inlay.kernels.Residual;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The pre-norm ViT of timm: patch embedding, class token, learned positions, exact GELU, class-token read-out after the
 * last LayerNorm; or what its {@link VitOptions} say instead. Letters: B images, N tokens with the class token first and the
 * patches last, M those of them that leave a block (all but in the last), D embedDim, h heads.
 */
public final class VisionTransformer extends FrozenNetwork<VitSpec> {
    private static final double QUICK = 1.702;
    private static final long[] UNPADDED = {0, 0};

    private final VitOptions options;
    private final Layer[] blocks;
    private final long[] patchStride;
    private final List<String> prefix;
    private final Optional<RotaryPositions> rope;

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
            String scale1,
            String norm2,
            String mlp,
            List<String> first,
            String fc2,
            String scale2) {
        static Layer of(int i, VitOptions options) {
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
                    block + options.scale(1),
                    block + "norm2",
                    block + "mlp",
                    options.firstLayers().stream().map(block::concat).toList(),
                    block + "mlp.fc2",
                    block + options.scale(2));
        }
    }

    /**
     * A ViT over the given tensors.
     *
     * @param name what to call it
     * @param parameters exactly those of {@link VitLayout}, float32; ownership passes to this object
     * @param head the classifier that came with them, or null
     */
    public VisionTransformer(String name, VitSpec spec, Map<String, Tensor> parameters, Classifier head) {
        super(name, spec, spec.eps(), VitLayout.of(spec), parameters, head);
        this.options = spec.options();
        this.blocks = new Layer[spec.depth()];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = Layer.of(i, options);
        }
        this.patchStride = new long[] {spec.patchSize(), spec.patchSize()};
        this.prefix = Stream.of("cls_token", "dist_token", "reg_token")
                .filter(parameters()::containsKey)
                .toList();
        this.rope = options.rope()
                ? Optional.of(
                        new RotaryPositions(device(), grid(0), spec.numHeads(), spec.embedDim() / spec.numHeads()))
                : Optional.empty();
    }

    @Override
    public TokenGrid grid(int block) {
        return new TokenGrid(
                options.prefixTokens(), spec().height() / spec().patchSize(), spec().width() / spec().patchSize());
    }

    /**
     * {@inheritDoc}
     *
     * @throws dev.inlay.error.ConfigException if patches do not fill images of that size
     */
    @Override
    public Optional<Backbone> forImages(int height, int width) {
        return rope.map(positions -> sharedBy(spec().forImages(height, width)));
    }

    @Override
    protected Backbone over(VitSpec spec, Map<String, Tensor> parameters) {
        return new VisionTransformer(name(), spec, parameters, checkpointHead().orElse(null));
    }

    @Override
    public Tensor embed(Tensor images, Pass pass) {
        return Tensors.scoped(() -> {
            Tensor patches = convolution(
                    images, "patch_embed.proj", !options.preNorm(), patchStride, UNPADDED, 1, pass); // (B, D, H/p, W/p)
            Tensor x = output("patch_embed", images, patches.flatten(2, 3).transpose(1, 2), pass); // (B, P, D)
            Tensor tokens = positioned(x, pass); // (B, N, D)
            return options.preNorm() ? norm(tokens, "norm_pre", pass) : tokens;
        });
    }

    /** (B, P, D), the patches, to (B, N, D): those before them, and the position table. */
    private Tensor positioned(Tensor patches, Pass pass) {
        if (options.rope()) {
            return prefixed(patches, pass);
        }
        Tensor positions = parameter("pos_embed", pass);
        return options.noEmbedClass()
                ? prefixed(patches.add(positions), pass)
                : prefixed(patches, pass).add(positions);
    }

    /** (B, P, D), the patches, to (B, N, D): the class token and its like, then the patches. */
    private Tensor prefixed(Tensor patches, Pass pass) {
        List<Tensor> tokens = new ArrayList<>();
        for (String token : prefix) {
            Tensor value = parameter(token, pass);
            tokens.add(value.expand(patches.size(0), value.size(1), value.size(2)));
        }
        tokens.add(patches);
        return Tensors.cat(tokens, 1);
    }

    @Override
    public Tensor block(int index, Tensor x, Pass pass) {
        Layer layer = blocks[index];
        double rate = pass.dropPath(index, spec().depth());
        return Tensors.scoped(() -> {
            Tensor entering = pass.hooks().tokens(index, x, pass.dropout());
            Tensor attended = Tensors.scoped(() -> attention(index, norm(entering, layer.norm1, pass), layer, pass));
            Tensor staying = staying(index, entering, pass);
            Tensor y = Residual.add(staying, pass.dropout().dropPath(attended, layer.proj, rate));
            Tensor mixed = Tensors.scoped(() -> mlp(norm(y, layer.norm2, pass), layer, pass));
            return output(layer.block, staying, Residual.add(y, pass.dropout().dropPath(mixed, layer.fc2, rate)), pass);
        });
    }

    /**
     * The tokens of a block, (B, N, D) or any of its inner widths, that something later reads, (B, M, D): in the last one
     * only those that are read out. All give keys and values to its attention; the others have nothing else to do there.
     */
    private Tensor staying(int index, Tensor x, Pass pass) {
        boolean readByToken =
                options.globalPool() == VitOptions.Pool.TOKEN && !pass.hooks().readsOthers();
        return readByToken && index == blocks.length - 1 ? own(x) : x;
    }

    @Override
    public Tensor readout(Tensor x, Pass pass) {
        return Tensors.scoped(() -> {
            // LayerNorm acts on each token alone, so only those that are read need it
            Tensor read = pass.hooks().pooled(x, own(x)); // (B, K, D)
            Tensor features = options.fcNorm()
                    ? norm(averaged(read), "fc_norm", pass)
                    : averaged(norm(read, "norm", pass)); // (B, 1, D)
            return features.select(1, 0);
        });
    }

    @Override
    public Tensor map(Tensor x, Pass pass) {
        TokenGrid grid = grid(spec().depth() - 1);
        return Tensors.scoped(() -> {
            Tensor patches = x.narrow(1, x.size(1) - grid.patches(), grid.patches());
            return grid.map(norm(patches, options.fcNorm() ? "fc_norm" : "norm", pass));
        });
    }

    /** Those of (B, N, D) that are read out. Patches are the last ones, whatever was put before them. */
    private Tensor own(Tensor x) {
        return options.globalPool() == VitOptions.Pool.AVG
                ? x.narrow(1, x.size(1) - spec().patches(), spec().patches())
                : x.narrow(1, 0, options.distilled() ? 2 : 1);
    }

    /** (B, K, D) to (B, 1, D). */
    private static Tensor averaged(Tensor x) {
        return x.size(1) == 1 ? x : x.mean(new long[] {1}, true, new ScalarTypeOptional());
    }

    private Tensor attention(int index, Tensor x, Layer layer, Pass pass) {
        Tensor qkv = qkv(x, layer, pass); // (B, N, 3D)
        long d = spec().embedDim();
        List<Tensor> parts = Tensors.split(qkv, d, 2);
        List<Tensor> filled = apart(
                parts,
                List.of(
                        output(layer.q, x, parts.get(0), pass),
                        output(layer.k, x, parts.get(1), pass),
                        output(layer.v, x, parts.get(2), pass)));
        Tensor q = staying(index, rotated(filled.get(0)), pass); // (B, M, D)
        Tensor k = rotated(filled.get(1));
        Tensor v = filled.get(2);
        Optional<Tensor> context = pass.hooks().context(index, pass.dropout());
        if (context.isPresent()) {
            Tensor c = norm(context.get(), layer.norm1, pass);
            List<Tensor> further = Tensors.split(qkv(c, layer, pass), d, 2); // (1 or B, p, D); the queries are not used
            k = followed(k, output(layer.k, c, further.get(1), pass));
            v = followed(v, output(layer.v, c, further.get(2), pass));
        }
        int heads = spec().numHeads();
        pass.hooks().attention(index, q, k, heads);
        Tensor a = List.of(q, k, v).equals(parts) // (B, M, D)
                ? Attention.of(qkv, heads)
                : Attention.of(multiplied(q, pass), multiplied(k, pass), multiplied(v, pass), heads);
        Tensor y = output(layer.proj, a, linear(a, layer.proj, pass), pass);
        return output(layer.attn, staying(index, x, pass), scaled(y, layer.scale1, pass), pass);
    }

    /** If one of the parts was replaced, the others leave the fused product, too: kept for the gradient, they would keep all of it. */
    private static List<Tensor> apart(List<Tensor> parts, List<Tensor> filled) {
        if (!GradMode.is_enabled() || filled.equals(parts)) {
            return filled;
        }
        return filled.stream()
                .map(tensor -> parts.contains(tensor) ? tensor.contiguous() : tensor)
                .toList();
    }

    private Tensor qkv(Tensor x, Layer layer, Pass pass) {
        String weight = layer.qkv + ".weight";
        Tensor matrix = parameter(weight, pass);
        Tensor bias =
                switch (options.qkvBias()) {
                    case ALL -> parameter(layer.qkv + ".bias", pass);
                    case QUERY_VALUE -> keyless(layer, pass);
                    case NONE -> null;
                };
        return product(x, weight, matrix, bias, pass);
    }

    /** (3D) or (B, 1, 3D), zero for the keys. */
    private Tensor keyless(Layer layer, Pass pass) {
        Tensor q = parameter(layer.attn + ".q_bias", pass);
        Tensor v = parameter(layer.attn + ".v_bias", pass);
        Tensor zero = torch.zeros_like(q.add(v)); // as many dimensions as the larger of the two
        return Tensors.cat(List.of(q.add(zero), zero, v.add(zero)), -1);
    }

    private Tensor rotated(Tensor x) {
        return rope.map(positions -> positions.rotated(x)).orElse(x);
    }

    /** (B, N, D) and (1 or B, p, D) to (B, N + p, D). */
    private static Tensor followed(Tensor x, Tensor more) {
        return Tensors.cat(List.of(x, more.expand(x.size(0), more.size(1), more.size(2))), 1);
    }

    private Tensor mlp(Tensor x, Layer layer, Pass pass) {
        List<Tensor> hidden = layer.first.stream()
                .map(first -> output(first, x, linear(x, first, pass), pass))
                .toList();
        Tensor active = active(hidden);
        Tensor y = output(layer.fc2, active, linear(active, layer.fc2, pass), pass);
        return output(layer.mlp, x, scaled(y, layer.scale2, pass), pass);
    }

    /** What the MLP's first layers gave, each (B, N, hidden), to (B, N, inner). */
    private Tensor active(List<Tensor> hidden) {
        Tensor z = hidden.get(0);
        return switch (options.mlp()) {
            case GELU -> Gelu.of(z);
            case QUICK_GELU -> z.mul(z.mul(new Scalar(QUICK)).sigmoid());
            case SWIGLU -> {
                long inner = spec().mlpInner();
                yield torch.silu(z.narrow(2, 0, inner)).mul(z.narrow(2, inner, inner));
            }
            case SWIGLU_SPLIT -> torch.silu(z).mul(hidden.get(1));
        };
    }

    private Tensor scaled(Tensor y, String gamma, Pass pass) {
        return options.layerScale() ? y.mul(parameter(gamma, pass)) : y;
    }

    @Override
    public void close() {
        super.close();
        rope.ifPresent(RotaryPositions::close);
    }
}
