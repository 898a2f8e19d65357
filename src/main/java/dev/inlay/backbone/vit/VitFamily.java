package dev.inlay.backbone.vit;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.ExpectedTensors;
import dev.inlay.backbone.RecognisedShapes;
import dev.inlay.backbone.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;

/** Vision Transformers. */
public final class VitFamily implements BackboneFamily {
    static final String NAME = "vit";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Class<VitSpec> specType() {
        return VitSpec.class;
    }

    @Override
    public SortedMap<String, VitSpec> variants() {
        return VitVariants.all();
    }

    @Override
    public Backbone load(String name, BackboneSpec spec, Map<String, Tensor> tensors, String source) {
        return VitLoader.load(name, (VitSpec) spec, tensors, source);
    }

    @Override
    public Backbone random(String name, BackboneSpec spec, long seed) {
        return VitLoader.random(name, (VitSpec) spec, seed);
    }

    @Override
    public ExpectedTensors expected(BackboneSpec spec) {
        return VitLayout.expected((VitSpec) spec);
    }

    @Override
    public Map<String, List<Long>> shapes(BackboneSpec spec) {
        return VitLayout.shapes((VitSpec) spec);
    }

    @Override
    public List<String> headNames(BackboneSpec spec) {
        return ((VitSpec) spec).options().distilled() ? List.of("head", "head_dist") : List.of("head");
    }

    @Override
    public Optional<RecognisedShapes> recognise(Map<String, List<Long>> shapes) {
        return VitShapes.of(shapes);
    }

    @Override
    public Optional<List<Site>> sitesNamed(Map<String, List<Long>> shapes) {
        return VitShapes.sitesNamed(shapes);
    }
}
