package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TensorFingerprint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Prompted models against {@code golden/vpt}: blocks, features, logits, loss and the gradient of every trainable. */
class PromptGoldenTest {
    private static final JsonNode META = Golden.json("vpt/meta.json");
    private static final int TOKENS = META.get("prompt_tokens").asInt();
    private static final JsonNode FORWARD = META.get("tolerance").get("forward");
    private static final JsonNode GRADIENT = META.get("tolerance").get("gradient");

    private static Prompt prompt(Prompt.Depth depth, Prompt.Pool pool) {
        return new Prompt(depth, TOKENS, 0, 0, false, List.of(), pool);
    }

    /** A tuning with the prompts of the fixture and the head of its backbone. */
    private static Tuning golden(VisionTransformer vit, Prompt prompt, Map<String, Tensor> io) {
        Classifier head = vit.checkpointHead().orElseThrow();
        Map<String, Tensor> values = new LinkedHashMap<>();
        values.put("prompt.blocks.0", io.get("shallow"));
        for (int i = 1; i < vit.depth() && prompt.depth() == Prompt.Depth.DEEP; i++) {
            values.put("prompt.blocks." + i, io.get("deep").narrow(0, i - 1, 1));
        }
        values.put("head.weight", Tensors.of(head.weight(), head.classes(), vit.embedDim()));
        values.put("head.bias", Tensors.of(head.bias(), head.classes()));
        Tuning tuning = new Tuning(vit, prompt, head.classes(), 0);
        tuning.load(values, "golden");
        return tuning;
    }

    private static Map<String, Tensor> expected(Prompt.Depth depth) {
        return Golden.tensors("vpt/" + depth.name().toLowerCase(Locale.ROOT) + ".expected.safetensors");
    }

    @ParameterizedTest
    @EnumSource(Prompt.Depth.class)
    void logitsAndGradientsMatch(Prompt.Depth depth) {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> io = Golden.tensors("vpt/io.safetensors");
            Map<String, Tensor> expected = expected(depth);
            try (Tuning tuning = golden(vit, prompt(depth, Prompt.Pool.CLASS_TOKEN), io)) {
                Tensor logits = tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0));
                Golden.assertClose("logits", logits, expected.get("logits"), FORWARD);
                Tensor loss = torch.cross_entropy_loss(logits, io.get("labels"));
                double known = META.get("loss")
                        .get(depth.name().toLowerCase(Locale.ROOT))
                        .asDouble();
                assertThat(loss.item_double()).isCloseTo(known, within(1e-5));
                loss.backward();
                assertGradient(tuning, "prompt.blocks.0", expected.get("grad.shallow"));
                for (int i = 1; i < vit.depth() && depth == Prompt.Depth.DEEP; i++) {
                    assertGradient(
                            tuning,
                            "prompt.blocks." + i,
                            expected.get("grad.deep").narrow(0, i - 1, 1));
                }
                assertGradient(tuning, "head.weight", expected.get("grad.head.weight"));
                assertGradient(tuning, "head.bias", expected.get("grad.head.bias"));
                int prompted = depth == Prompt.Depth.DEEP ? vit.depth() : 1;
                assertThat(tuning.trainables()).hasSize(prompted + 2);
                assertThat(tuning.count(Role.MODULE)).isEqualTo((long) prompted * TOKENS * vit.embedDim());
                assertThat(TensorFingerprint.of(vit.parameters())).isEqualTo(vit.fingerprint());
            }
        }
    }

    private static void assertGradient(Tuning tuning, String name, Tensor expected) {
        Tensor gradient = tuning.trainables().get(name).tensor().grad();
        Golden.assertClose("gradient of " + name, gradient, expected, GRADIENT);
    }

    @ParameterizedTest
    @CsvSource({"SHALLOW, false", "DEEP, false", "DEEP, true"})
    void everyBlockMatches(Prompt.Depth depth, boolean plain) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> io = Golden.tensors("vpt/io.safetensors");
            Map<String, Tensor> expected = expected(depth);
            boolean promptsLeave = depth == Prompt.Depth.SHALLOW || plain;
            try (Tuning tuning = golden(vit, prompt(depth, Prompt.Pool.CLASS_TOKEN), io)) {
                ForwardHooks hooks = plain ? new PlainForm(tuning.hooks(), vit.depth()) : tuning.hooks();
                Pass pass = Pass.evaluation(hooks);
                Tensor x = vit.embed(io.get("images"), pass);
                for (int i = 0; i < vit.depth(); i++) {
                    x = vit.block(i, x, pass);
                    Tensor all = expected.get("blocks." + i);
                    Tensor leaving = promptsLeave ? all : withoutPrompts(all);
                    boolean readOut = i == vit.depth() - 1 && !plain;
                    Golden.assertClose("block " + i, x, readOut ? leaving.narrow(1, 0, 1) : leaving, FORWARD);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SHALLOW, CLASS_TOKEN, 0, 1",
        "SHALLOW, PATCHES, 5, 12",
        "SHALLOW, PROMPTS, 1, 4",
        "SHALLOW, PATCHES_AND_PROMPTS, 1, 16",
        "DEEP, CLASS_TOKEN, 0, 1",
        "DEEP, PATCHES, 5, 12",
        "DEEP, PROMPTS, 1, 4",
        "DEEP, PATCHES_AND_PROMPTS, 1, 16"
    })
    void featuresAreTheMeanOfTheRowsThatAreRead(Prompt.Depth depth, Prompt.Pool pool, int first, int rows) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> io = Golden.tensors("vpt/io.safetensors");
            Tensor expected = expected(depth).get("norm").narrow(1, first, rows).mean(1);
            try (Tuning tuning = golden(vit, prompt(depth, pool), io)) {
                Golden.assertClose("features", tuning.features(io.get("images"), Dropout.NONE, 0), expected, FORWARD);
            }
        }
    }

    @Test
    void promptsStartWithinTheBoundOfTheReference() {
        double bound = META.get("init_bound").asDouble();
        try (VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, prompt(Prompt.Depth.SHALLOW, Prompt.Pool.CLASS_TOKEN), 2, 0)) {
            double largest = 0;
            for (double value :
                    Tensors.doubles(tuning.trainables().get("prompt.blocks.0").tensor())) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertThat(largest).isBetween(0.95 * bound, bound);
        }
    }

    private static Tensor withoutPrompts(Tensor x) {
        return Tensors.cat(List.of(x.narrow(1, 0, 1), x.narrow(1, 1 + TOKENS, x.size(1) - 1 - TOKENS)), 1);
    }
}
