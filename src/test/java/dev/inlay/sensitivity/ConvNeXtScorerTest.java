package dev.inlay.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.tensor.Tensors;
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

/** Plans by scores of ConvNeXts, and what is trained by them. */
class ConvNeXtScorerTest {
    private static final PlanSource SOURCE = new PlanSource("golden", "golden");

    private final JsonNode tolerance =
            Golden.json("convnext/meta.json").get("tolerance").get("gradient");
    private final Map<String, Tensor> gradients = Golden.tensors("convnext/grads.safetensors");
    private final Map<String, Tensor> io = Golden.tensors("convnext/io.safetensors");

    /** A plan with a module between stages, filters tuned whole, and single numbers of others; before and after a step. */
    @Test
    void aPlanOfScoresTrainsWhatItSays() {
        try (PointerScope scope = new PointerScope();
                Backbone convnext = Golden.convnext()) {
            List<Candidate> candidates = Candidate.among(convnext.tunableParameters());
            float[][] scores =
                    candidates.stream().map(ConvNeXtScorerTest::score).toArray(float[][]::new);
            AllocationRule rule = new AllocationRule(ModuleKind.LORA, 2, 5, 5, true, AllocationMode.BOTH, 0);
            Plan plan = new Allocator(candidates, scores, SOURCE).planForTau(rule, 200 + 200 + 9 + 8);
            assertThat(plan.matrices()).containsExactly("stages.1.downsample.1.weight");
            assertThat(plan.vectors()).containsExactly("stages.0.blocks.0.conv_dw.weight");
            assertThat(plan.sparse())
                    .containsOnlyKeys("stages.1.blocks.0.conv_dw.weight", "stages.2.downsample.1.weight");
            assertThat(plan.cost().total()).isEqualTo(2 * (32 + 12) + 49 * 8 + 9 + 8);
            Classifier head = convnext.checkpointHead().orElseThrow();
            try (Tuning tuning = new Tuning(convnext, new Planned(plan, 0, 0, Origin.PAPER), head.classes(), 0)) {
                Tensor images = io.get("images");
                try (NoGradGuard guard = new NoGradGuard()) {
                    assertThat(Tensors.floats(tuning.features(images, Dropout.NONE, 0)))
                            .containsExactly(Tensors.floats(convnext.features(images, Pass.BARE)));
                }
                withHead(head, tuning);
                torch.cross_entropy_loss(tuning.head(tuning.features(images, Dropout.NONE, 0)), io.get("labels"))
                        .backward();
                String filters = "stages.0.blocks.0.conv_dw.weight";
                Golden.assertClose(filters, gradient(tuning, "full." + filters), gradients.get(filters), tolerance);
                for (String name : plan.sparse().keySet()) {
                    Tensor at = Tensors.indices(plan.sparse().get(name).toArray());
                    Golden.assertClose(
                            name,
                            gradient(tuning, "sparse." + name + ".delta"),
                            gradients.get(name).flatten().index_select(0, at),
                            tolerance);
                }
            }
        }
    }

    private static Tensor gradient(Tuning tuning, String name) {
        return tuning.trainables().get(name).tensor().grad();
    }

    private static void withHead(Classifier head, Tuning tuning) {
        Map<String, Tensor> values = new LinkedHashMap<>();
        tuning.trainables()
                .forEach((name, trainable) ->
                        values.put(name, trainable.tensor().detach().clone()));
        values.put(
                "head.weight",
                Tensors.of(head.weight(), head.classes(), tuning.backbone().embedDim()));
        values.put("head.bias", Tensors.of(head.bias(), head.classes()));
        tuning.load(values, "golden");
    }

    /** High for half of a halving and of one convolution's filters, and for a few numbers of others. */
    private static float[] score(Candidate candidate) {
        float[] scores = new float[candidate.size()];
        int high =
                switch (candidate.name()) {
                    case "stages.1.downsample.1.weight", "stages.0.blocks.0.conv_dw.weight" -> 200;
                    case "stages.1.blocks.0.conv_dw.weight" -> 9;
                    case "stages.2.downsample.1.weight" -> 8;
                    default -> 0;
                };
        for (int i = 0; i < scores.length; i++) {
            scores[i] = i < high ? 2 + i : 1e-3f;
        }
        return scores;
    }
}
