package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.swin.SwinTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts on a Swin Transformer against {@code golden/swin/prompts}. */
class SwinPromptTest {
    private static final int TOKENS = 3;

    private final JsonNode forward =
            Golden.json("swin/meta.json").get("tolerance").get("forward");
    private final JsonNode backward =
            Golden.json("swin/meta.json").get("tolerance").get("gradient");
    private final Map<String, Tensor> expected = Golden.tensors("swin/prompts.safetensors");
    private final Map<String, Tensor> io = Golden.tensors("swin/io.safetensors");

    /** A tuning with the prompts of the fixture and the head of its backbone. */
    private Tuning golden(Backbone swin, Depth depth, Pool pool) {
        Classifier head = swin.checkpointHead().orElseThrow();
        Map<String, Tensor> values = new LinkedHashMap<>();
        for (int i = 0; i < (depth == Depth.DEEP ? swin.depth() : 1); i++) {
            values.put("prompt.blocks." + i, expected.get("prompts." + i));
        }
        values.put("head.weight", Tensors.of(head.weight(), head.classes(), swin.embedDim()));
        values.put("head.bias", Tensors.of(head.bias(), head.classes()));
        Tuning tuning = new Tuning(swin, new Prompt(depth, TOKENS, 0, 0, false, List.of(), pool), head.classes(), 0);
        tuning.load(values, "golden");
        return tuning;
    }

    @ParameterizedTest
    @CsvSource({
        "SHALLOW, PATCHES_AND_PROMPTS, published",
        "DEEP, PATCHES_AND_PROMPTS, published",
        "SHALLOW, CLASS_TOKEN, patches",
        "DEEP, CLASS_TOKEN, patches",
        "SHALLOW, PATCHES, patches",
        "DEEP, PATCHES, patches"
    })
    void logitsAndGradientsMatch(Depth depth, Pool pool, String read) {
        String key = depth.name().toLowerCase(Locale.ROOT) + "." + read;
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin("swin");
                Tuning tuning = golden(swin, depth, pool)) {
            Tensor logits = tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0));
            Golden.assertClose("logits", logits, expected.get(key + ".logits"), forward);
            torch.cross_entropy_loss(logits, io.get("labels")).backward();
            for (int i = 0; i < (depth == Depth.DEEP ? swin.depth() : 1); i++) {
                Tensor prompts = tuning.trainables().get("prompt.blocks." + i).tensor();
                Golden.assertClose("block " + i, prompts.grad(), expected.get(key + ".grad." + i), backward);
            }
        }
    }

    /** The published code mixes the images of a batch, but cannot where there is one. */
    @ParameterizedTest
    @EnumSource(Depth.class)
    void oneImageAloneGivesWhatThePublishedCodeGives(Depth depth) {
        String key = depth.name().toLowerCase(Locale.ROOT) + ".seed.";
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone swin = Golden.swin("swin");
                Tuning tuning = golden(swin, depth, Pool.PATCHES_AND_PROMPTS)) {
            Tensor alone = expected.get(key + "alone");
            for (int i = 0; i < alone.size(0); i++) {
                Tensor image = io.get("images").narrow(0, i, 1);
                Tensor logits = tuning.head(tuning.features(image, Dropout.NONE, 0));
                Golden.assertClose("image " + i, logits, alone.narrow(0, i, 1), forward);
            }
            Tensor together = tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0));
            Golden.assertClose("batch", together, alone, forward);
            double mixed =
                    together.sub(expected.get(key + "together")).abs().max().item_double();
            if (depth == Depth.SHALLOW) {
                assertThat(mixed).isGreaterThan(0.1);
            } else {
                assertThat(mixed).isLessThan(1e-5);
            }
        }
    }

    /** Also in the later, wider stages. */
    @ParameterizedTest
    @ValueSource(ints = {0, 2, 23})
    void promptsStartWithinTheBoundOfTheFirstStage(int block) {
        Prompt deep = new Prompt(Depth.DEEP, 5, 0, 0, false, List.of(block), Pool.CLASS_TOKEN);
        try (PointerScope scope = new PointerScope();
                SwinTransformer swin = SmallTuning.swin("swin_base_patch4_window7_224");
                Tuning tuning = SmallTuning.of(swin, deep)) {
            Tensor prompts = tuning.trainables().get("prompt.blocks." + block).tensor();
            assertThat(prompts.abs().max().item_double())
                    .isCloseTo(0.1846372, within(2e-3))
                    .isLessThan(0.184638);
        }
    }

    @Test
    void theOrderOfPromptsIsWithoutEffect() {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                Backbone swin = Golden.swin("swin");
                Tuning tuning = golden(swin, Depth.SHALLOW, Pool.PATCHES_AND_PROMPTS)) {
            Tensor before = tuning.features(io.get("images"), Dropout.NONE, 0);
            Tensor prompts = tuning.trainables().get("prompt.blocks.0").tensor();
            prompts.copy_(prompts.flip(1));
            SmallTuning.assertClose(tuning.features(io.get("images"), Dropout.NONE, 0), before, 1e-5);
        }
    }
}
