package dev.inlay.backbone.swin;

import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.BiasGrid;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.ExpectedTensors.Head;
import dev.inlay.backbone.FrozenNetworkFamily;
import dev.inlay.backbone.NetworkLayout;
import dev.inlay.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;

/** Swin Transformers. */
public final class SwinFamily extends FrozenNetworkFamily<SwinSpec, SwinTransformer> {
    static final String NAME = "swin";

    /** For {@link java.util.ServiceLoader}. */
    public SwinFamily() {
        super("Swin Transformer", SwinSpec.class);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, SwinSpec> variants() {
        return SwinVariants.all();
    }

    @Override
    protected NetworkLayout layout(SwinSpec spec) {
        return SwinLayout.of(spec);
    }

    @Override
    public Map<String, BiasGrid> biasGrids(BackboneSpec spec) {
        return SwinLayout.biasGrids((SwinSpec) spec);
    }

    @Override
    protected List<Head> heads(SwinSpec spec) {
        return List.of(new Head("head.fc"));
    }

    @Override
    protected SwinTransformer over(String name, SwinSpec spec, Map<String, Tensor> tensors, Classifier head) {
        return new SwinTransformer(name, spec, tensors, head);
    }

    @Override
    public OnnxGraph.Value features(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images) {
        return new SwinGraph((SwinSpec) spec, graph).features(images);
    }

    @Override
    public OnnxGraph.ValueMap map(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images) {
        return new SwinGraph((SwinSpec) spec, graph).map(images);
    }

    @Override
    protected Optional<SwinSpec> specOf(Map<String, List<Long>> shapes) {
        return SwinShapes.spec(shapes);
    }
}
