package dev.inlay.backbone.convnext;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.ExpectedTensors;
import dev.inlay.backbone.RecognisedShapes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;

/** ConvNeXts. */
public final class ConvNeXtFamily implements BackboneFamily {
    static final String NAME = "convnext";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<ConvNeXtSpec> specType() {
        return ConvNeXtSpec.class;
    }

    @Override
    public SortedMap<String, ConvNeXtSpec> variants() {
        return ConvNeXtVariants.all();
    }

    @Override
    public Backbone load(String name, BackboneSpec spec, Map<String, Tensor> tensors, String source) {
        return ConvNeXtLoader.load(name, (ConvNeXtSpec) spec, tensors, source);
    }

    @Override
    public Backbone random(String name, BackboneSpec spec, long seed) {
        return ConvNeXtLoader.random(name, (ConvNeXtSpec) spec, seed);
    }

    @Override
    public ExpectedTensors expected(BackboneSpec spec) {
        return ConvNeXtLayout.expected((ConvNeXtSpec) spec);
    }

    @Override
    public Map<String, List<Long>> shapes(BackboneSpec spec) {
        return ConvNeXtLayout.shapes((ConvNeXtSpec) spec);
    }

    @Override
    public List<String> headNames(BackboneSpec spec) {
        return List.of("head.fc");
    }

    @Override
    public Optional<RecognisedShapes> recognise(Map<String, List<Long>> shapes) {
        return ConvNeXtShapes.of(shapes);
    }
}
