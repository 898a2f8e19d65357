package dev.inlay.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * A small network with what an independent float64 reference computes of it.
 *
 * @param folder of its weights, inputs, outputs and gradients
 * @param order names of its parameters, the head's among them, in timm's order
 * @param loss of its logits
 * @param tolerance of what a pass gives, {@code forward}, and of gradients, {@code gradient}
 */
public record GoldenNetwork(String folder, BackboneSpec spec, List<String> order, double loss, JsonNode tolerance) {
    /** Of every family, and with every option. */
    public static Stream<GoldenNetwork> all() {
        JsonNode options = Golden.json("vit_options/meta.json");
        return Stream.concat(
                Stream.of(
                        of("vit_forward", "vit"),
                        of("swin", "swin"),
                        of("swin_padded", "swin"),
                        of("convnext", "convnext")),
                options.get("specs").properties().stream().map(entry -> {
                    String folder = "vit_options/" + entry.getKey();
                    return new GoldenNetwork(
                            folder,
                            SpecJson.parse(entry.getValue().toString(), folder),
                            List.copyOf(Golden.tensors(folder + "/weights.safetensors")
                                    .keySet()),
                            options.get("loss").get(entry.getKey()).asDouble(),
                            options.get("tolerance"));
                }));
    }

    private static GoldenNetwork of(String folder, String family) {
        JsonNode meta = Golden.json(folder + "/meta.json");
        ObjectNode spec = (ObjectNode) meta.get("spec");
        return new GoldenNetwork(
                folder,
                SpecJson.parse(spec.put("family", family).toString(), folder),
                Golden.names(folder + "/meta.json", "order"),
                meta.get("loss").asDouble(),
                meta.get("tolerance"));
    }

    /** The network itself. */
    public Backbone load() {
        Map<String, Tensor> weights = weights();
        Backbone backbone = load(weights);
        weights.values().forEach(Tensors::release);
        return backbone;
    }

    /** The network over other tensors. */
    public Backbone load(Map<String, Tensor> tensors) {
        return family().load("golden", spec, tensors, "file");
    }

    public BackboneFamily family() {
        return BackboneFamily.of(spec);
    }

    /** The name of the linear layer that turns features into logits. */
    public String head() {
        return family().headNames(spec).get(0);
    }

    /** Every parameter, the head's among them, owned by the test. */
    public Map<String, Tensor> weights() {
        return Golden.tensors(folder + "/weights.safetensors");
    }

    /** Images, labels, and what a pass gives on its way. */
    public Map<String, Tensor> io() {
        return Golden.tensors(folder + "/io.safetensors");
    }

    /** The gradient of the loss at every parameter. */
    public Map<String, Tensor> gradients() {
        return Golden.tensors(folder + "/grads.safetensors");
    }

    @Override
    public String toString() {
        return folder;
    }
}
