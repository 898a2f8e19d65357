package dev.inlay.backbone.vit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.Site;
import dev.inlay.backbone.SpecJson;
import dev.inlay.golden.Golden;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** ViTs with options against {@code golden/vit_options}: features, logits, and the gradient of every parameter. */
class VitOptionsGoldenTest {
    private static final JsonNode META = Golden.json("vit_options/meta.json");

    static List<String> sets() {
        return META.get("specs").properties().stream().map(Map.Entry::getKey).toList();
    }

    private static Backbone load(String set, Map<String, Tensor> weights) {
        BackboneSpec spec = SpecJson.parse(META.get("specs").get(set).toString(), set);
        return BackboneFamily.of(spec).load(set, spec, weights, set);
    }

    @ParameterizedTest
    @MethodSource("sets")
    void featuresLogitsAndEveryGradientMatch(String set) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> weights = Golden.tensors("vit_options/" + set + "/weights.safetensors");
            Map<String, Tensor> io = Golden.tensors("vit_options/" + set + "/io.safetensors");
            Map<String, Tensor> expected = Golden.tensors("vit_options/" + set + "/grads.safetensors");
            JsonNode forward = META.get("tolerance").get("forward");
            Map<String, Tensor> leaves = new LinkedHashMap<>();
            weights.forEach((name, value) -> leaves.put(name, value.detach().requires_grad_(true)));
            Filling all = new Filling() {
                @Override
                public Tensor parameter(String name, Tensor base) {
                    return leaves.get(name);
                }
            };
            try (Backbone vit = load(set, weights)) {
                Golden.assertClose(
                        "bare features", vit.features(io.get("images"), Pass.BARE), io.get("features"), forward);
                Tensor features = vit.features(io.get("images"), Pass.evaluation(all));
                Tensor logits = torch.linear(features, leaves.get("head.weight"), leaves.get("head.bias"));
                Golden.assertClose("logits", logits, io.get("logits"), forward);
                Tensor loss = torch.cross_entropy_loss(logits, io.get("labels"));
                assertThat(loss.item_double())
                        .isCloseTo(META.get("loss").get(set).asDouble(), within(1e-5));
                loss.backward();
                expected.forEach((name, gradient) -> Golden.assertClose(
                        name,
                        leaves.get(name).grad(),
                        gradient,
                        META.get("tolerance").get("gradient")));
                assertThat(List.copyOf(vit.parameters().keySet()))
                        .as("the order of timm's parameters")
                        .isEqualTo(weights.keySet().stream()
                                .filter(name -> !name.startsWith("head."))
                                .toList());
                assertThat(vit.sites().stream().mapToLong(Site::size).sum()).isEqualTo(vit.parameterCount());
                assertThat(vit.embed(io.get("images"), Pass.BARE).size(1))
                        .isEqualTo(vit.grid(0).tokens());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sets")
    void aSiteBelongsToTheStepThatUsesIt(String set) {
        Map<String, Tensor> weights = Golden.tensors("vit_options/" + set + "/weights.safetensors");
        try (Backbone vit = load(set, weights)) {
            for (Site site : vit.sites()) {
                int step = vit.step(site);
                boolean last = site.name().startsWith("norm.") || site.name().startsWith("fc_norm.");
                assertThat(step).as(site.name()).isEqualTo(last ? vit.steps() - 1 : Math.max(0, site.block() + 1));
            }
        }
    }
}
