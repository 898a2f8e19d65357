package dev.inlay.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.data.loading.Batch;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.sensitivity.ScoringOptions.Memory;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Planned.Origin;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scores, plans and what is trained by them on Swin Transformers: the squares of golden gradients. */
class SwinScorerTest {
    private static final String TABLE = ".attn.relative_position_bias_table";
    private static final PlanSource SOURCE = new PlanSource("golden", "golden");

    private static Batch batch() {
        Map<String, Tensor> io = Golden.tensors("swin/io.safetensors");
        return new Batch(new int[] {0, 1, 2}, io.get("images"), io.get("labels"));
    }

    private static float[] squared(Tensor gradient) {
        return Tensors.floats(gradient.square());
    }

    private static JsonNode tolerance() {
        return Golden.json("swin/meta.json").get("tolerance").get("gradient");
    }

    @Test
    void candidatesAloneCanBeScoredByRecomputing() {
        Map<String, Tensor> gradients = Golden.tensors("swin/grads.safetensors");
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin("swin");
                Scorer scorer = new Scorer(
                        swin,
                        swin.checkpointHead().orElseThrow(),
                        new ScoringOptions(Memory.RECOMPUTE, 1, false, 0),
                        tunable -> Scorer.CANDIDATES.contains(tunable.kind()),
                        0)) {
            scorer.add(batch());
            Map<String, float[]> scores = new LinkedHashMap<>();
            scorer.scores().forEach((tunable, values) -> scores.put(tunable.name(), values));
            assertThat(scores).doesNotContainKey("patch_embed.proj.weight");
            // a norm that comes before the first block
            for (String name : List.of("patch_embed.norm.weight", "patch_embed.norm.bias", "norm.weight")) {
                Golden.assertClose(name, scores.get(name), squared(gradients.get(name)), tolerance());
            }
            assertThat(Candidate.among(swin.tunableParameters()).stream().map(Candidate::name))
                    .containsExactlyElementsOf(scores.keySet());
        }
    }

    @ParameterizedTest
    @EnumSource(Memory.class)
    void promptsOfEveryWidthAreScored(Memory memory) {
        Map<String, Tensor> golden = Golden.tensors("swin/prompts.safetensors");
        Map<Integer, float[]> prompts = new LinkedHashMap<>();
        for (int block = 0; block < 4; block++) {
            prompts.put(block, Tensors.floats(golden.get("prompts." + block)));
        }
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin("swin");
                Scorer scorer = new Scorer(
                        swin,
                        swin.checkpointHead().orElseThrow(),
                        new ScoringOptions(memory, 2, false, 0),
                        prompts,
                        0)) {
            scorer.add(batch());
            scorer.promptScores()
                    .forEach((block, values) -> Golden.assertClose(
                            "block " + block, values, squared(golden.get("deep.patches.grad." + block)), tolerance()));
            assertThat(scorer.promptScores()).containsOnlyKeys(0, 1, 2, 3);
        }
    }

    /** A plan with a module on a merging, a whole table and single numbers of another; before and after a step. */
    @Test
    void aPlanOfGoldenScoresTrainsWhatItSays() {
        Map<String, Tensor> gradients = Golden.tensors("swin/grads.safetensors");
        try (PointerScope scope = new PointerScope();
                Backbone swin = Golden.swin("swin")) {
            List<Candidate> candidates = Candidate.among(swin.tunableParameters());
            float[][] scores = candidates.stream().map(SwinScorerTest::score).toArray(float[][]::new);
            AllocationRule rule = new AllocationRule(
                    ModuleKind.LORA,
                    2,
                    10,
                    5,
                    true,
                    AllocationMode.BOTH,
                    TunableParameter.classToken(swin.tunableParameters()));
            Plan plan = new Allocator(candidates, scores, SOURCE).planForTau(rule, 200 + 40 + 7);
            assertThat(plan.matrices()).containsExactly("layers.1.downsample.reduction.weight");
            assertThat(plan.vectors()).containsExactly("layers.0.blocks.1" + TABLE);
            assertThat(plan.sparse()).containsOnlyKeys("layers.1.blocks.0" + TABLE);
            assertThat(plan.cost().modules()).isEqualTo(2 * (64 + 32));
            assertThat(plan.cost().total()).isEqualTo(2 * (64 + 32) + 49 * 2 + 7);
            assertThat(plan.tunesClassToken()).isFalse();
            int classes = swin.checkpointHead().orElseThrow().classes();
            try (Tuning tuning = new Tuning(swin, new Planned(plan, 0, 0, Origin.PAPER), classes, 0)) {
                Batch batch = batch();
                try (NoGradGuard guard = new NoGradGuard()) {
                    assertThat(Tensors.floats(tuning.features(batch.input(), Dropout.NONE, 0)))
                            .containsExactly(Tensors.floats(swin.features(batch.input(), Pass.BARE)));
                }
                assertThat(tuning.count(Role.VECTOR)).isEqualTo(49 * 2);
                withGoldenHead(swin, tuning);
                torch.cross_entropy_loss(tuning.head(tuning.features(batch.input(), Dropout.NONE, 0)), batch.labels())
                        .backward();
                Golden.assertClose(
                        "table",
                        gradient(tuning, "full.layers.0.blocks.1" + TABLE),
                        gradients.get("layers.0.blocks.1" + TABLE),
                        tolerance());
                int[] single = plan.sparse().get("layers.1.blocks.0" + TABLE).toArray();
                Golden.assertClose(
                        "single numbers",
                        gradient(tuning, "sparse.layers.1.blocks.0" + TABLE + ".delta"),
                        gradients.get("layers.1.blocks.0" + TABLE).flatten().index_select(0, Tensors.indices(single)),
                        tolerance());
            }
        }
    }

    private static Tensor gradient(Tuning tuning, String name) {
        return tuning.trainables().get(name).tensor().grad();
    }

    private static void withGoldenHead(Backbone swin, Tuning tuning) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        tuning.trainables()
                .forEach((name, trainable) ->
                        values.put(name, trainable.tensor().detach().clone()));
        values.put("head.weight", Tensors.of(swin.checkpointHead().orElseThrow().weight(), 5, 32));
        values.put("head.bias", Tensors.of(swin.checkpointHead().orElseThrow().bias(), 5));
        tuning.load(values, "golden");
    }

    /** High for a merging, for half of one table and for seven numbers of another. */
    private static float[] score(Candidate candidate) {
        float[] scores = new float[candidate.size()];
        int high =
                switch (candidate.name()) {
                    case "layers.1.downsample.reduction.weight" -> 200;
                    case "layers.0.blocks.1" + TABLE -> 40;
                    case "layers.1.blocks.0" + TABLE -> 7;
                    default -> 0;
                };
        for (int i = 0; i < scores.length; i++) {
            scores[i] = i < high ? 2 + i : 1e-3f;
        }
        return scores;
    }
}
