package dev.inlay.backbone.vit;

import dev.inlay.backbone.TokenGrid;
import dev.inlay.onnx.OnnxGraph;
import dev.inlay.onnx.OnnxGraph.Value;
import dev.inlay.tensor.Device;
import java.util.ArrayList;
import java.util.List;

/** What {@link VisionTransformer} computes without hooks, as a graph of ONNX; letters as there. */
final class VitGraph {
    private static final double QUICK = 1.702;

    private final VitSpec spec;
    private final VitOptions options;
    private final OnnxGraph graph;
    private final long dim;
    private final long heads;
    private final long width;

    VitGraph(VitSpec spec, OnnxGraph graph) {
        this.spec = spec;
        this.options = spec.options();
        this.graph = graph;
        this.dim = spec.embedDim();
        this.heads = spec.numHeads();
        this.width = dim / heads;
    }

    /** (B, 3, H, W) to (B, D). */
    Value features(Value images) {
        return readout(tokens(images));
    }

    /** (B, 3, H, W) to (B, D, h, w). */
    OnnxGraph.ValueMap map(Value images) {
        long tokens = spec.tokens();
        Value patches = graph.slice(tokens(images), 1, tokens - spec.patches(), tokens);
        return graph.map(
                norm(patches, options.fcNorm() ? "fc_norm" : "norm"),
                dim,
                spec.height() / spec.patchSize(),
                spec.width() / spec.patchSize());
    }

    /** (B, 3, H, W) to (B, N, D). */
    private Value tokens(Value images) {
        Value patches = graph.convolution(images, "patch_embed.proj", spec.patchSize(), 0, 1);
        Value x = positioned(graph.transpose(graph.reshape(patches, OnnxGraph.SAME, dim, spec.patches()), 0, 2, 1));
        if (options.preNorm()) {
            x = norm(x, "norm_pre");
        }
        for (int i = 0; i < spec.depth(); i++) {
            x = block(x, "blocks." + i + ".");
        }
        return x;
    }

    private Value positioned(Value patches) {
        if (options.rope()) {
            return prefixed(patches);
        }
        Value positions = graph.parameter("pos_embed");
        return options.noEmbedClass()
                ? prefixed(graph.add(patches, positions))
                : graph.add(prefixed(patches), positions);
    }

    private Value prefixed(Value patches) {
        List<Value> tokens = new ArrayList<>();
        tokens.add(graph.perImage(graph.parameter("cls_token"), patches, 1, dim));
        if (options.distilled()) {
            tokens.add(graph.perImage(graph.parameter("dist_token"), patches, 1, dim));
        }
        if (options.regTokens() > 0) {
            tokens.add(graph.perImage(graph.parameter("reg_token"), patches, options.regTokens(), dim));
        }
        tokens.add(patches);
        return graph.concatenate(tokens, 1);
    }

    private Value block(Value x, String block) {
        Value attended = attention(norm(x, block + "norm1"), block + "attn.");
        Value y = graph.add(x, scaled(attended, block + options.scale(1)));
        Value mixed = mlp(norm(y, block + "norm2"), block);
        return graph.add(y, scaled(mixed, block + options.scale(2)));
    }

    private Value attention(Value x, String attn) {
        List<Value> parts = graph.split(qkv(x, attn), 2, dim, 3);
        Value q = graph.transpose(heads(rotated(parts.get(0))), 0, 2, 1, 3); // (B, h, N, D/h)
        Value k = graph.transpose(heads(rotated(parts.get(1))), 0, 2, 3, 1);
        Value v = graph.transpose(heads(parts.get(2)), 0, 2, 1, 3);
        Value weights = graph.softmax(graph.scale(graph.product(q, k), 1 / Math.sqrt((double) width)));
        Value a = graph.transpose(graph.product(weights, v), 0, 2, 1, 3);
        return graph.linear(graph.reshape(a, OnnxGraph.SAME, OnnxGraph.SAME, dim), attn + "proj");
    }

    private Value qkv(Value x, String attn) {
        return switch (options.qkvBias()) {
            case ALL -> graph.linear(x, attn + "qkv");
            case QUERY_VALUE -> {
                Value zero = graph.constant("no_bias", Device.CPU.zeros(dim));
                Value bias = graph.concatenate(
                        List.of(graph.parameter(attn + "q_bias"), zero, graph.parameter(attn + "v_bias")), 0);
                yield graph.add(graph.product(x, attn + "qkv"), bias);
            }
            case NONE -> graph.product(x, attn + "qkv");
        };
    }

    /** (B, N, D) to (B, N, h, D/h). */
    private Value heads(Value x) {
        return graph.reshape(x, OnnxGraph.SAME, OnnxGraph.SAME, heads, width);
    }

    private Value rotated(Value x) {
        if (!options.rope()) {
            return x;
        }
        long prefix = options.prefixTokens();
        Value own = heads(graph.slice(x, 1, prefix, spec.tokens()));
        Value turned = graph.add(
                graph.multiply(own, rope("cosines")),
                graph.multiply(graph.roll(own, 3, width, width / 2), rope("sines")));
        return graph.concatenate(
                List.of(graph.slice(x, 1, 0, prefix), graph.reshape(turned, OnnxGraph.SAME, OnnxGraph.SAME, dim)), 1);
    }

    private Value rope(String name) {
        int side = spec.patchSize();
        TokenGrid grid = new TokenGrid(options.prefixTokens(), spec.height() / side, spec.width() / side);
        try (RotaryPositions positions = new RotaryPositions(Device.CPU, grid, spec.numHeads(), (int) width)) {
            return graph.constant(name, (name.equals("sines") ? positions.sines() : positions.cosines()).clone());
        }
    }

    private Value mlp(Value x, String block) {
        List<Value> hidden = options.firstLayers().stream()
                .map(first -> graph.linear(x, block + first))
                .toList();
        return graph.linear(active(hidden), block + "mlp.fc2");
    }

    private Value active(List<Value> hidden) {
        Value z = hidden.get(0);
        long inner = spec.mlpInner();
        return switch (options.mlp()) {
            case GELU -> graph.gelu(z);
            case QUICK_GELU -> graph.multiply(z, graph.sigmoid(graph.scale(z, QUICK)));
            case SWIGLU -> graph.multiply(silu(graph.slice(z, 2, 0, inner)), graph.slice(z, 2, inner, 2 * inner));
            case SWIGLU_SPLIT -> graph.multiply(silu(z), hidden.get(1));
        };
    }

    private Value silu(Value z) {
        return graph.multiply(z, graph.sigmoid(z));
    }

    private Value scaled(Value y, String gamma) {
        return options.layerScale() ? graph.multiply(y, graph.parameter(gamma)) : y;
    }

    private Value readout(Value x) {
        long tokens = spec.tokens();
        Value read =
                switch (options.globalPool()) {
                    case AVG -> graph.slice(x, 1, tokens - spec.patches(), tokens);
                    case TOKEN -> graph.slice(x, 1, 0, options.distilled() ? 2 : 1);
                };
        return options.fcNorm() ? norm(graph.mean(read, 1), "fc_norm") : graph.mean(norm(read, "norm"), 1);
    }

    private Value norm(Value x, String name) {
        return graph.norm(x, name, spec.eps());
    }
}
