package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.random.Key;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Deep prompts as further keys and values against prompts that go through the blocks: the same numbers. */
class PlainFormTest {
    private static final JsonNode TOLERANCE =
            JsonNodeFactory.instance.objectNode().put("absolute", 1e-6).put("of_largest", 2e-5);

    static Stream<TuningSpec> specs() {
        Prompt everywhere = new Prompt(Depth.DEEP, 4, 0, 0, false, List.of(), Pool.CLASS_TOKEN);
        Lora queriesAndValues = new Lora(2, 4, 0, List.of("attn.q", "attn.v"), List.of());
        Lora everyProduct = new Lora(2, 4, 0, List.of(), List.of());
        return Stream.of(
                everywhere,
                new Prompt(Depth.DEEP, 3, 0.3, 5, false, List.of(), Pool.CLASS_TOKEN),
                new Prompt(Depth.DEEP, 3, 0.3, 0, true, List.of(), Pool.PATCHES),
                new Prompt(Depth.DEEP, 4, 0, 0, false, List.of(0), Pool.CLASS_TOKEN),
                new Prompt(Depth.DEEP, 4, 0, 0, false, List.of(-1), Pool.PATCHES),
                new Prompt(Depth.DEEP, 1, 0, 0, true, List.of(2, 0), Pool.CLASS_TOKEN),
                new Prompt(Depth.DEEP, 4, 0.3, 5, false, List.of(), Pool.PROMPTS),
                new Prompt(Depth.DEEP, 4, 0, 0, true, List.of(0, 2), Pool.PATCHES_AND_PROMPTS),
                new Sum(List.of(everywhere, queriesAndValues)),
                new Sum(List.of(everyProduct, new Bias(), everywhere)));
    }

    @ParameterizedTest
    @MethodSource("specs")
    void valueAndGradientsAreThoseOfThePlainForm(TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, spec)) {
            SmallTuning.disturb(tuning);
            Map<String, Tensor> context = outcome(tuning, tuning.hooks());
            Map<String, Tensor> plain = outcome(tuning, new PlainForm(tuning.hooks(), vit.depth()));
            assertThat(context.keySet())
                    .contains("logits")
                    .containsAll(tuning.trainables().keySet());
            plain.forEach((name, expected) -> Golden.assertClose(name, context.get(name), expected, TOLERANCE));
        }
    }

    /** Logits and the gradient of every trainable, by name. */
    private static Map<String, Tensor> outcome(Tuning tuning, ForwardHooks hooks) {
        Map<String, Tensor> io = Golden.tensors("vpt/io.safetensors");
        Dropout dropout = new SampleDropout(Key.of(3, "noise"), new int[] {0, 1, 2, 3, 4});
        Tensor logits = tuning.head(tuning.backbone().features(io.get("images"), new Pass(hooks, dropout, 0)));
        torch.cross_entropy_loss(logits, io.get("labels")).backward();
        Map<String, Tensor> outcome = new LinkedHashMap<>();
        outcome.put("logits", logits);
        tuning.trainables().forEach((name, trainable) -> {
            outcome.put(name, trainable.tensor().grad().clone());
            trainable.tensor().mutable_grad().reset();
        });
        return outcome;
    }
}
