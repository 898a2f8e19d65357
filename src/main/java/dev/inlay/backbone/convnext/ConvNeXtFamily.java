package dev.inlay.backbone.convnext;

import dev.inlay.backbone.BackboneSpec;
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

/** ConvNeXts. */
public final class ConvNeXtFamily extends FrozenNetworkFamily<ConvNeXtSpec, ConvNeXt> {
    static final String NAME = "convnext";

    /** For {@link java.util.ServiceLoader}. */
    public ConvNeXtFamily() {
        super("ConvNeXt", ConvNeXtSpec.class);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, ConvNeXtSpec> variants() {
        return ConvNeXtVariants.all();
    }

    @Override
    protected NetworkLayout layout(ConvNeXtSpec spec) {
        return ConvNeXtLayout.of(spec);
    }

    @Override
    protected List<Head> heads(ConvNeXtSpec spec) {
        return List.of(new Head("head.fc"));
    }

    @Override
    protected ConvNeXt over(String name, ConvNeXtSpec spec, Map<String, Tensor> tensors, Classifier head) {
        return new ConvNeXt(name, spec, tensors, head);
    }

    @Override
    public OnnxGraph.Value features(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images) {
        return new ConvNeXtGraph((ConvNeXtSpec) spec, graph).features(images);
    }

    @Override
    public OnnxGraph.ValueMap map(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images) {
        return new ConvNeXtGraph((ConvNeXtSpec) spec, graph).map(images);
    }

    @Override
    protected Optional<ConvNeXtSpec> specOf(Map<String, List<Long>> shapes) {
        return ConvNeXtShapes.spec(shapes);
    }
}
