package dev.inlay.backbone.convnext;

import dev.inlay.onnx.OnnxGraph;
import dev.inlay.onnx.OnnxGraph.Value;
import java.util.List;

/** What {@link ConvNeXt} computes without hooks, as a graph of ONNX; letters as there. */
final class ConvNeXtGraph {
    private final ConvNeXtSpec spec;
    private final OnnxGraph graph;

    ConvNeXtGraph(ConvNeXtSpec spec, OnnxGraph graph) {
        this.spec = spec;
        this.graph = graph;
    }

    /** (B, 3, H, W) to (B, D). */
    Value features(Value images) {
        return headNorm(graph.mean(tokens(images), 1));
    }

    /** (B, 3, H, W) to (B, D, h, w). */
    OnnxGraph.ValueMap map(Value images) {
        ConvNeXtStage last = spec.stages().get(spec.stages().size() - 1);
        return graph.map(headNorm(tokens(images)), last.dim(), last.height(), last.width());
    }

    private Value headNorm(Value x) {
        return graph.norm(x, ConvNeXtLayout.HEAD_NORM, spec.lastEps());
    }

    /** (B, 3, H, W) to (B, N, D). */
    private Value tokens(Value images) {
        List<ConvNeXtStage> stages = spec.stages();
        Value patches = graph.convolution(images, ConvNeXtLayout.STEM_CONV, spec.patchSize(), 0, 1);
        Value x = norm(tokens(patches, stages.get(0)), ConvNeXtLayout.STEM_NORM);
        for (ConvNeXtStage stage : stages) {
            if (stage.number() > 0) {
                x = downsample(x, stages.get(stage.number() - 1), stage);
            }
            for (int i = 0; i < stage.depth(); i++) {
                x = block(x, stage, stage.blockName(i) + ".");
            }
        }
        return x;
    }

    private Value block(Value x, ConvNeXtStage stage, String block) {
        Value image = graph.transpose(grid(x, stage), 0, 3, 1, 2);
        Value convolved = graph.convolution(image, block + "conv_dw", 1, ConvNeXtLayout.KERNEL / 2, stage.dim());
        Value hidden = graph.gelu(graph.linear(norm(tokens(convolved, stage), block + "norm"), block + "mlp.fc1"));
        Value mixed = graph.linear(hidden, block + "mlp.fc2");
        return graph.add(x, graph.multiply(mixed, graph.parameter(block + "gamma")));
    }

    private Value downsample(Value x, ConvNeXtStage before, ConvNeXtStage stage) {
        long side = ConvNeXtStage.DOWNSAMPLING;
        Value grid = grid(norm(x, stage.downsampleName() + ".0"), before);
        Value whole = graph.slice(graph.slice(grid, 1, 0, side * stage.height()), 2, 0, side * stage.width());
        Value squares = graph.reshape(whole, OnnxGraph.SAME, stage.height(), side, stage.width(), side, before.dim());
        Value merged = graph.reshape(
                graph.transpose(squares, 0, 1, 3, 5, 2, 4),
                OnnxGraph.SAME,
                stage.tokens(),
                side * side * before.dim()); // in the filters' order
        return graph.linear(merged, stage.downsampleName() + ".1");
    }

    /** (B, D, H, W) to (B, N, D). */
    private Value tokens(Value image, ConvNeXtStage stage) {
        return graph.transpose(graph.reshape(image, OnnxGraph.SAME, stage.dim(), stage.tokens()), 0, 2, 1);
    }

    /** (B, N, D) to (B, H, W, D). */
    private Value grid(Value x, ConvNeXtStage stage) {
        return graph.reshape(x, OnnxGraph.SAME, stage.height(), stage.width(), stage.dim());
    }

    private Value norm(Value x, String name) {
        return graph.norm(x, name, spec.eps());
    }
}
