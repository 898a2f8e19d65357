package dev.inlay.backbone.swin;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.BiasGrid;
import dev.inlay.backbone.ExpectedTensors;
import dev.inlay.backbone.RecognisedShapes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;

/** Swin Transformers. */
public final class SwinFamily implements BackboneFamily {
    static final String NAME = "swin";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<SwinSpec> specType() {
        return SwinSpec.class;
    }

    @Override
    public SortedMap<String, SwinSpec> variants() {
        return SwinVariants.all();
    }

    @Override
    public Backbone load(String name, BackboneSpec spec, Map<String, Tensor> tensors, String source) {
        return SwinLoader.load(name, (SwinSpec) spec, tensors, source);
    }

    @Override
    public Backbone random(String name, BackboneSpec spec, long seed) {
        return SwinLoader.random(name, (SwinSpec) spec, seed);
    }

    @Override
    public ExpectedTensors expected(BackboneSpec spec) {
        return SwinLayout.expected((SwinSpec) spec);
    }

    @Override
    public Map<String, List<Long>> shapes(BackboneSpec spec) {
        return SwinLayout.shapes((SwinSpec) spec);
    }

    @Override
    public Map<String, BiasGrid> biasGrids(BackboneSpec spec) {
        return SwinLayout.biasGrids((SwinSpec) spec);
    }

    @Override
    public List<String> headNames(BackboneSpec spec) {
        return List.of("head.fc");
    }

    @Override
    public Optional<RecognisedShapes> recognise(Map<String, List<Long>> shapes) {
        return SwinShapes.of(shapes);
    }
}
