package dev.inlay.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SpecJson;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.backbone.vit.VitFamily;
import dev.inlay.backbone.vit.VitSpec;
import dev.inlay.golden.Golden;
import dev.inlay.golden.GoldenNetwork;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Pad;
import dev.inlay.tuning.method.Prompt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Maps against {@code golden/insight}, which multiplies whole matrices, and of every family. */
class SaliencyMapsTest {
    private static final int TOKENS = 2;

    private static Prompt prompt(Prompt.Depth depth, Prompt.Pool pool) {
        return new Prompt(depth, TOKENS, 0, 0, depth == Prompt.Depth.DEEP, List.of(), pool);
    }

    private static Tuning tuning(VisionTransformer vit, TuningSpec spec, Map<String, Tensor> golden) {
        Classifier head = vit.checkpointHead().orElseThrow();
        Tuning tuning = new Tuning(vit, spec, head.classes(), 0);
        Map<String, Tensor> values = new LinkedHashMap<>();
        tuning.trainables().keySet().forEach(name -> values.put(name, golden.get("prompt")));
        values.put("head.weight", Tensors.of(head.weight(), head.classes(), vit.embedDim()));
        values.put("head.bias", Tensors.of(head.bias(), head.classes()));
        tuning.load(values, "golden");
        return tuning;
    }

    private static void requireClose(SaliencyMap map, float[] expected) {
        assertThat(map.values()).containsExactly(expected, within(1e-6f));
    }

    private static void requireRollouts(String name, TuningSpec spec) {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> golden = Golden.tensors("insight/maps.safetensors");
            Tensor images = Golden.tensors("vit_forward/io.safetensors").get("images");
            try (Tuning tuning = tuning(vit, spec, golden)) {
                for (int i = 0; i < images.size(0); i++) {
                    SaliencyMap map = SaliencyMaps.of(tuning, Tensors.floats(images.select(0, i)), 0)
                            .orElseThrow();
                    assertThat(map.kind()).isEqualTo(SaliencyMap.Kind.ATTENTION_ROLLOUT);
                    assertThat(List.of(map.height(), map.width())).isEqualTo(List.of(3, 4));
                    requireClose(map, Tensors.floats(golden.get(name).select(0, i)));
                }
            }
        }
    }

    @Test
    void theClassTokensAttentionIsFollowedThroughAllBlocks() {
        requireRollouts("rollout", new HeadOnly());
    }

    @Test
    void promptsPassOnWhatTheyTookFromPatchesAndBringNothing() {
        requireRollouts("rollout.prompts", prompt(Prompt.Depth.SHALLOW, Prompt.Pool.CLASS_TOKEN));
    }

    @Test
    void tokensThatAreReadOutInPlaceOfTheClassTokenAreFollowed() {
        requireRollouts("rollout.pooled", prompt(Prompt.Depth.SHALLOW, Prompt.Pool.PROMPTS));
    }

    @Test
    void keysOfFreshPromptsBringNothing() {
        requireRollouts("rollout.deep", prompt(Prompt.Depth.DEEP, Prompt.Pool.CLASS_TOKEN));
    }

    @Test
    void activationsAreWeighedByTheGradientOfAClass() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = averaging()) {
            Map<String, Tensor> golden = Golden.tensors("insight/maps.safetensors");
            Map<String, Tensor> io = Golden.tensors("vit_forward/io.safetensors");
            long[] labels = Tensors.longs(io.get("labels"));
            try (Tuning tuning = tuning(vit, new HeadOnly(), golden)) {
                for (int i = 0; i < labels.length; i++) {
                    Tensor image = io.get("images").narrow(0, i, 1);
                    requireClose(
                            ClassActivation.of(tuning, image, (int) labels[i]),
                            Tensors.floats(golden.get("gradcam").select(0, i)));
                }
            }
        }
    }

    /** The golden network, read out as the mean of its patches. */
    private static VisionTransformer averaging() {
        ObjectNode spec = (ObjectNode) Golden.json("vit_forward/meta.json").get("spec");
        spec.put("globalPool", "avg");
        return new VitFamily()
                .load(
                        "golden",
                        (VitSpec) SpecJson.parse(spec.toString(), "golden spec"),
                        Golden.tensors("vit_forward/weights.safetensors"),
                        "golden weights");
    }

    static Stream<GoldenNetwork> networks() {
        return GoldenNetwork.all();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyFamilyHasAMapOfItsPatches(GoldenNetwork network) {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = network.load();
                Tuning tuning = new Tuning(backbone, new HeadOnly(), 3, 0)) {
            boolean attends = backbone instanceof VisionTransformer;
            TokenGrid grid = backbone.grid(attends ? 0 : backbone.depth() - 1);
            Tensor images = network.io().get("images");
            tuning.head(weights(3 * backbone.embedDim()), new float[3]);
            SaliencyMap map = SaliencyMaps.of(tuning, Tensors.floats(images.select(0, 0)), 1)
                    .orElseThrow();
            assertThat(map.kind()).isEqualTo(attends ? SaliencyMap.Kind.ATTENTION_ROLLOUT : SaliencyMap.Kind.GRAD_CAM);
            assertThat(List.of(map.height(), map.width())).isEqualTo(List.of(grid.height(), grid.width()));
            double sum = 0;
            for (float value : map.values()) {
                assertThat(value).isGreaterThanOrEqualTo(0);
                sum += value;
            }
            assertThat(sum).isGreaterThan(0);
            tuning.trainables().values().forEach(trainable -> assertThat(
                            trainable.tensor().grad().defined())
                    .isFalse());
            if (attends) {
                assertThat(sum).isLessThan(1);
            }
        }
    }

    private static float[] weights(int count) {
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) Math.sin(i);
        }
        return weights;
    }

    @Test
    void attentionThatTakesTooMuchMemoryIsNotKept() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Tensor images = Golden.tensors("vit_forward/io.safetensors").get("images");
            int blocks = (int) ((1L << 28) / (Float.BYTES * 13 * 13)); // of 13 tokens, in 256 MB
            for (int depth : new int[] {blocks, blocks + 1}) {
                AttentionWatch watch = new AttentionWatch(ForwardHooks.NONE, depth);
                vit.features(images.narrow(0, 0, 1), Pass.evaluation(watch));
                assertThat(watch.attends()).isTrue();
                assertThat(watch.blocks()).hasSize(depth == blocks ? vit.depth() : 0);
            }
        }
    }

    @Test
    void imagesThatAMethodChangesHaveNone() {
        try (PointerScope scope = new PointerScope();
                Backbone backbone = Golden.convnext();
                Tuning tuning = new Tuning(backbone, new Pad(2, Pad.Init.GAUSSIAN), 3, 0)) {
            float[] image = new float[3 * backbone.height() * backbone.width()];
            assertThat(SaliencyMaps.of(tuning, image, 0)).isEmpty();
        }
    }
}
