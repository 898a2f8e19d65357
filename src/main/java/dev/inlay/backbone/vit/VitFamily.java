package dev.inlay.backbone.vit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.ExpectedTensors.Head;
import dev.inlay.backbone.FrozenNetworkFamily;
import dev.inlay.backbone.NetworkLayout;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.bytedeco.pytorch.Tensor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Vision Transformers. */
public final class VitFamily extends FrozenNetworkFamily<VitSpec, VisionTransformer> {
    static final String NAME = "vit";

    private static final Logger LOG = LoggerFactory.getLogger(VitFamily.class);
    private static final Head HEAD = new Head("head");
    private static final Head DISTILLED_HEAD = new Head("head_dist");

    /** For {@link java.util.ServiceLoader}. */
    public VitFamily() {
        super("ViT", VitSpec.class);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SortedMap<String, VitSpec> variants() {
        return VitVariants.all();
    }

    @Override
    protected NetworkLayout layout(VitSpec spec) {
        return VitLayout.of(spec);
    }

    @Override
    protected List<Head> heads(VitSpec spec) {
        return spec.options().distilled() ? List.of(HEAD, DISTILLED_HEAD) : List.of(HEAD);
    }

    @Override
    protected VisionTransformer over(String name, VitSpec spec, Map<String, Tensor> tensors, Classifier head) {
        return new VisionTransformer(name, spec, tensors, head);
    }

    @Override
    protected List<String> notComputed(VitSpec spec) {
        return VitLayout.notComputed(spec.options());
    }

    @Override
    protected Optional<Classifier> head(VitSpec spec, Map<String, Tensor> tensors, String source) {
        Optional<Classifier> head = HEAD.read(tensors);
        if (head.isPresent() && spec.options().distilled()) {
            LOG.info("{}: dropped head and head_dist: they read two tokens, and a head here reads their mean", source);
            return Optional.empty();
        }
        return head;
    }

    @Override
    public OnnxGraph.Value features(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images) {
        return new VitGraph((VitSpec) spec, graph).features(images);
    }

    @Override
    public OnnxGraph.ValueMap map(BackboneSpec spec, OnnxGraph graph, OnnxGraph.Value images) {
        return new VitGraph((VitSpec) spec, graph).map(images);
    }

    @Override
    protected Optional<VitSpec> specOf(Map<String, List<Long>> shapes) {
        return VitShapes.spec(shapes);
    }

    @Override
    protected ObjectNode recognisedFacts(VitSpec spec, long headClasses) {
        ObjectNode facts = JsonNodeFactory.instance
                .objectNode()
                .put("embedDim", spec.embedDim())
                .put("depth", spec.depth())
                .put("patchSize", spec.patchSize())
                .put("mlpHidden", spec.mlpHidden());
        if (!spec.options().rope()) {
            facts.put("tokens", spec.tokens());
        }
        facts.put("headClasses", headClasses);
        facts.setAll(spec.options().facts());
        return facts;
    }

    @Override
    public Optional<List<TunableParameter>> sitesNamed(Map<String, List<Long>> shapes) {
        return VitShapes.sitesNamed(shapes);
    }
}
