package dev.inlay.backbone.swin;

import dev.inlay.onnx.OnnxGraph;
import dev.inlay.onnx.OnnxGraph.Value;
import dev.inlay.tensor.Device;
import java.util.List;

/** What {@link SwinTransformer} computes without hooks, as a graph of ONNX; letters as there. */
final class SwinGraph {
    private static final int MERGED = 4;

    private final SwinSpec spec;
    private final OnnxGraph graph;

    SwinGraph(SwinSpec spec, OnnxGraph graph) {
        this.spec = spec;
        this.graph = graph;
    }

    /** (B, 3, H, W) to (B, D). */
    Value features(Value images) {
        return graph.mean(normed(images), 1);
    }

    /** (B, 3, H, W) to (B, D, h, w). */
    OnnxGraph.ValueMap map(Value images) {
        SwinStage last = spec.stages().get(spec.stages().size() - 1);
        return graph.map(normed(images), last.dim(), last.height(), last.width());
    }

    /** (B, 3, H, W) to (B, N, D). */
    private Value normed(Value images) {
        List<SwinStage> stages = spec.stages();
        Value patches = graph.convolution(images, "patch_embed.proj", spec.patchSize(), 0, 1);
        SwinStage first = stages.get(0);
        Value tokens = graph.reshape(patches, OnnxGraph.SAME, first.dim(), first.tokens());
        Value x = norm(graph.transpose(tokens, 0, 2, 1), "patch_embed.norm");
        for (SwinStage stage : stages) {
            if (stage.number() > 0) {
                x = merge(x, stages.get(stage.number() - 1), stage);
            }
            for (int i = 0; i < stage.depth(); i++) {
                x = block(x, stage, i);
            }
        }
        return norm(x, "norm");
    }

    private Value merge(Value x, SwinStage before, SwinStage stage) {
        long dim = before.dim();
        Value grid = graph.pad(grid(x, before), 0, before.height() % 2, before.width() % 2, 0);
        Value squares = graph.reshape(grid, OnnxGraph.SAME, stage.height(), 2, stage.width(), 2, dim);
        Value merged =
                graph.reshape(graph.transpose(squares, 0, 1, 3, 4, 2, 5), OnnxGraph.SAME, stage.tokens(), MERGED * dim);
        String downsample = stage.downsampleName();
        return graph.product(norm(merged, downsample + ".norm"), downsample + ".reduction");
    }

    private Value block(Value x, SwinStage stage, int index) {
        String block = stage.blockName(index) + ".";
        Value attended = attention(norm(x, block + "norm1"), stage, stage.isShifted(index), block);
        Value y = graph.add(x, attended);
        Value hidden = graph.gelu(graph.linear(norm(y, block + "norm2"), block + "mlp.fc1"));
        return graph.add(y, graph.linear(hidden, block + "mlp.fc2"));
    }

    private Value attention(Value x, SwinStage stage, boolean shifted, String block) {
        long dim = stage.dim();
        List<Value> qkv = graph.split(graph.linear(cut(x, stage, shifted), block + "attn.qkv"), 3, dim, 3);
        Value q = graph.transpose(heads(qkv.get(0), stage), 0, 1, 3, 2, 4); // (B, windows, h, n, D/h)
        Value k = graph.transpose(heads(qkv.get(1), stage), 0, 1, 3, 4, 2);
        Value v = graph.transpose(heads(qkv.get(2), stage), 0, 1, 3, 2, 4);
        Value logits = graph.scale(graph.product(q, k), 1 / Math.sqrt((double) dim / stage.heads()));
        Value weights = graph.softmax(biased(logits, stage, shifted, block + SwinLayout.TABLE));
        Value a = graph.transpose(graph.product(weights, v), 0, 1, 3, 2, 4);
        Value windows = graph.reshape(a, OnnxGraph.SAME, stage.windows(), stage.windowArea(), dim);
        return join(graph.linear(windows, block + "attn.proj"), stage, shifted);
    }

    private Value biased(Value logits, SwinStage stage, boolean shifted, String table) {
        try (Windows windows = new Windows(Device.CPU, stage, shifted)) {
            Value biased = graph.add(logits, graph.constant(table + ".pairs", windows.positions(graph.tensor(table))));
            return windows.mask()
                    .map(mask -> graph.add(biased, graph.constant("layers." + stage.number() + ".mask", mask.clone())))
                    .orElse(biased);
        }
    }

    /** (B, windows, n, D) to (B, windows, n, h, D/h). */
    private Value heads(Value x, SwinStage stage) {
        return graph.reshape(
                x, OnnxGraph.SAME, OnnxGraph.SAME, OnnxGraph.SAME, stage.heads(), stage.dim() / stage.heads());
    }

    private Value grid(Value x, SwinStage stage) {
        return graph.reshape(x, OnnxGraph.SAME, stage.height(), stage.width(), stage.dim());
    }

    /** (B, N, D) to (B, windows, n, D). */
    private Value cut(Value x, SwinStage stage, boolean shifted) {
        Value rolled = rolled(grid(x, stage), stage, shifted ? -1 : 0);
        Value padded =
                graph.pad(rolled, 0, stage.paddedHeight() - stage.height(), stage.paddedWidth() - stage.width(), 0);
        Value windows = graph.reshape(
                padded,
                OnnxGraph.SAME,
                stage.windowRows(),
                stage.windowHeight(),
                stage.windowColumns(),
                stage.windowWidth(),
                stage.dim());
        return graph.reshape(
                graph.transpose(windows, 0, 1, 3, 2, 4, 5),
                OnnxGraph.SAME,
                stage.windows(),
                stage.windowArea(),
                stage.dim());
    }

    /** Undoes {@link #cut}. */
    private Value join(Value x, SwinStage stage, boolean shifted) {
        Value windows = graph.reshape(
                x,
                OnnxGraph.SAME,
                stage.windowRows(),
                stage.windowColumns(),
                stage.windowHeight(),
                stage.windowWidth(),
                stage.dim());
        Value padded = graph.reshape(
                graph.transpose(windows, 0, 1, 3, 2, 4, 5),
                OnnxGraph.SAME,
                stage.paddedHeight(),
                stage.paddedWidth(),
                stage.dim());
        Value grid = graph.slice(graph.slice(padded, 1, 0, stage.height()), 2, 0, stage.width());
        return graph.reshape(rolled(grid, stage, shifted ? 1 : 0), OnnxGraph.SAME, stage.tokens(), stage.dim());
    }

    /** (B, H, W, D) moved by so many times the stage's shift. */
    private Value rolled(Value grid, SwinStage stage, int times) {
        Value down = graph.roll(grid, 1, stage.height(), (long) times * stage.shiftHeight());
        return graph.roll(down, 2, stage.width(), (long) times * stage.shiftWidth());
    }

    private Value norm(Value x, String name) {
        return graph.norm(x, name, spec.eps());
    }
}
