package dev.inlay.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.InlayException;
import dev.inlay.golden.Golden;
import dev.inlay.sensitivity.ScoringOptions.Memory;
import dev.inlay.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scores against {@code golden/spt_sensitivity}, and the ways of saving memory against each other. */
class ScorerTest {
    private static final int BATCHES = 3;

    @ParameterizedTest
    @EnumSource(Memory.class)
    void scoresMatchHoweverMemoryIsSaved(Memory memory) {
        JsonNode meta = Golden.json("spt_sensitivity/meta.json");
        Map<String, float[]> scores = score(new ScoringOptions(memory, 2, false, 0), ScorerTest::everySite);
        Map<String, Tensor> expected = Golden.tensors("spt_sensitivity/scores.safetensors");
        assertThat(scores.keySet())
                .containsExactlyElementsOf(Golden.names("spt_sensitivity/meta.json", "order").stream()
                        .filter(name -> !name.startsWith("head."))
                        .toList());
        var noise = Golden.names("spt_sensitivity/meta.json", "rounding_noise");
        scores.forEach((name, values) -> {
            if (noise.contains(name)) {
                assertThat(values).as(name).usingComparatorWithPrecision(1e-9f).containsOnly(0f);
            } else {
                Golden.assertClose(
                        name,
                        values,
                        Tensors.floats(expected.get(name)),
                        meta.get("tolerance").get("scores"));
            }
        });
    }

    @Test
    void onlyCandidatesAreScoredByKind() {
        Map<String, float[]> scores =
                score(ScoringOptions.plain(), tunable -> Scorer.CANDIDATES.contains(tunable.kind()));
        assertThat(scores).hasSize(3 * 16 + 2);
        assertThat(scores.keySet())
                .doesNotContain("cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias")
                .contains("blocks.2.attn.v.bias", "norm.weight");
    }

    /** Beside a plain autograd pass over the same prompts. */
    @ParameterizedTest
    @EnumSource(Memory.class)
    void promptsAreScoredByTheirGradientsHoweverMemoryIsSaved(Memory memory) {
        float[] values = new float[2 * 48];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i);
        }
        Map<String, Tensor> batches = Golden.tensors("spt_sensitivity/batches.safetensors");
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Scorer scorer = new Scorer(
                        vit,
                        vit.checkpointHead().orElseThrow(),
                        new ScoringOptions(memory, 2, false, 0),
                        Map.of(1, values),
                        0)) {
            Tensor leaf = Tensors.of(values, 1, 2, 48).set_requires_grad(true);
            ForwardHooks prompted = new ForwardHooks() {
                @Override
                public Optional<Tensor> context(int block, Dropout dropout) {
                    return block == 1 ? Optional.of(leaf) : Optional.empty();
                }
            };
            Classifier head = vit.checkpointHead().orElseThrow();
            Tensor features = vit.features(batches.get("images.0"), Pass.evaluation(prompted));
            Tensor logits = torch.linear(
                    features, Tensors.of(head.weight(), head.classes(), 48), Tensors.of(head.bias(), head.classes()));
            torch.cross_entropy_loss(logits, batches.get("labels.0")).backward();
            scorer.add(new Batch(new int[] {0, 1, 2, 3, 4}, batches.get("images.0"), batches.get("labels.0")));
            float[] gradient = Tensors.floats(leaf.grad());
            float[] scores = scorer.promptScores().get(1);
            assertThat(scores).hasSize(gradient.length);
            double largest = 0;
            for (float g : gradient) {
                largest = Math.max(largest, (double) g * g);
            }
            assertThat(largest).isPositive();
            for (int i = 0; i < scores.length; i++) {
                assertThat((double) scores[i]).isCloseTo((double) gradient[i] * gradient[i], within(1e-5 * largest));
            }
            assertThat(scorer.scores()).isEmpty();
        }
    }

    @Test
    void squaresPerSampleAreThoseOfBatchesOfOne() {
        Map<String, float[]> perSample = score(new ScoringOptions(Memory.PLAIN, 1, true, 0), ScorerTest::everySite);
        Map<String, float[]> ones = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Scorer scorer = new Scorer(
                        vit, vit.checkpointHead().orElseThrow(), ScoringOptions.plain(), ScorerTest::everySite, 0)) {
            Map<String, Tensor> batches = Golden.tensors("spt_sensitivity/batches.safetensors");
            for (int b = 0; b < BATCHES; b++) {
                Tensor images = batches.get("images." + b);
                for (int i = 0; i < images.size(0); i++) {
                    scorer.add(new Batch(
                            new int[] {i},
                            images.narrow(0, i, 1),
                            batches.get("labels." + b).narrow(0, i, 1)));
                }
            }
            scorer.scores().forEach((tunable, values) -> ones.put(tunable.name(), values));
        }
        perSample.forEach((name, values) -> assertThat(values).as(name).containsExactly(ones.get(name)));
    }

    @Test
    void noiseIsTheSameWhenBlocksAreRecomputed() {
        Map<String, float[]> kept = score(new ScoringOptions(Memory.PLAIN, 1, false, 0.5), ScorerTest::everySite);
        Map<String, float[]> recomputed =
                score(new ScoringOptions(Memory.RECOMPUTE, 1, false, 0.5), ScorerTest::everySite);
        Map<String, float[]> quiet = score(ScoringOptions.plain(), ScorerTest::everySite);
        float[] matrix = kept.get("blocks.1.mlp.fc1.weight");
        assertThat(matrix).isNotEqualTo(quiet.get("blocks.1.mlp.fc1.weight"));
        float[] again = recomputed.get("blocks.1.mlp.fc1.weight");
        double largest = IntStream.range(0, matrix.length)
                .mapToDouble(i -> matrix[i])
                .max()
                .orElseThrow();
        for (int i = 0; i < matrix.length; i++) {
            assertThat((double) again[i]).isCloseTo(matrix[i], within(1e-5 * largest));
        }
    }

    @Test
    void anAllZeroHeadIsRefused() {
        try (VisionTransformer vit = Golden.vit()) {
            assertThatThrownBy(() -> new Scorer(
                            vit,
                            new Classifier(new float[7 * 48], new float[7]),
                            ScoringOptions.plain(),
                            ScorerTest::everySite,
                            0))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("sensitivity.head");
        }
    }

    @Test
    void aLossThatIsNotFiniteNamesTheBatch() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Scorer scorer = new Scorer(
                        vit, vit.checkpointHead().orElseThrow(), ScoringOptions.plain(), ScorerTest::everySite, 0)) {
            float[] pixels = new float[3 * 24 * 32];
            scorer.add(new Batch(new int[] {0}, Tensors.of(pixels, 1, 3, 24, 32), Tensors.indices(new int[] {0})));
            pixels[5] = Float.NaN;
            Batch broken = new Batch(new int[] {1}, Tensors.of(pixels, 1, 3, 24, 32), Tensors.indices(new int[] {0}));
            assertThatThrownBy(() -> scorer.add(broken))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("batch 1");
        }
    }

    private static boolean everySite(TunableParameter tunable) {
        return tunable != null;
    }

    private static Map<String, float[]> score(ScoringOptions options, Predicate<TunableParameter> scored) {
        Map<String, float[]> scores = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Scorer scorer = new Scorer(vit, vit.checkpointHead().orElseThrow(), options, scored, 0)) {
            String before = vit.fingerprint();
            Map<String, Tensor> batches = Golden.tensors("spt_sensitivity/batches.safetensors");
            for (int b = 0; b < BATCHES; b++) {
                Tensor images = batches.get("images." + b);
                scorer.add(new Batch(
                        IntStream.range(0, (int) images.size(0)).toArray(), images, batches.get("labels." + b)));
            }
            scorer.scores().forEach((tunable, values) -> scores.put(tunable.name(), values));
            assertThat(dev.inlay.backbone.TensorFingerprint.of(vit.parameters()))
                    .isEqualTo(before);
        }
        return scores;
    }
}
