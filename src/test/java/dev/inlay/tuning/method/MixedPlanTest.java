package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** A plan with LoRA, SSF and prompts on one backbone. */
class MixedPlanTest {
    private static final int WIDTH = 48;
    private static final AllocationRule RULE = new AllocationRule(
            ModuleKind.LORA, Map.of("mlp.fc1", ModuleKind.SSF), 2, 10, 5, true, AllocationMode.BOTH, 0);

    private static Planned planned(List<String> matrices, String... prompts) {
        Plan plan = new Plan(
                RULE,
                matrices,
                List.of(),
                List.of(prompts),
                Map.of(),
                new PlanCost(0, 0, 0, 0),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of(),
                new PlanSource("golden", "by hand"));
        return new Planned(plan, 0, 0, Planned.Origin.PAPER);
    }

    private static float[] features(VisionTransformer vit, Tuning tuning) {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor images = Golden.tensors("vit_forward/io.safetensors").get("images");
            return Tensors.floats(
                    tuning == null ? vit.features(images, Pass.BARE) : tuning.features(images, Dropout.NONE, 0));
        }
    }

    @Test
    void modulesOfSeveralKindsChangeNothingAtFirstAndCostWhatTheirFormulasSay() {
        Planned spec = planned(List.of("blocks.0.attn.q.weight", "blocks.1.mlp.fc1.weight"));
        try (VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, spec, 7, 3)) {
            assertThat(tuning.trainables().keySet())
                    .contains("lora.blocks.0.attn.q.A", "ssf.blocks.1.mlp.fc1.scale", "ssf.blocks.1.mlp.fc1.shift");
            assertThat(tuning.count(Role.MODULE)).isEqualTo(2 * (WIDTH + WIDTH) + 2 * 96);
            assertThat(features(vit, tuning)).containsExactly(features(vit, null));
        }
    }

    /** Plans may leave out prompts of a block; those that stay start as they would among all. */
    @Test
    void plannedPromptsAreDeepPrompts() {
        Planned spec = planned(List.of(), "prompt.blocks.1.0", "prompt.blocks.1.1", "prompt.blocks.2.1");
        Prompt all = new Prompt(Prompt.Depth.DEEP, 2, 0, 0, false, List.of(1, 2), Prompt.Pool.CLASS_TOKEN);
        try (VisionTransformer vit = Golden.vit();
                Tuning tuning = new Tuning(vit, spec, 7, 3);
                Tuning prompted = new Tuning(vit, all, 7, 3);
                PointerScope scope = new PointerScope()) {
            assertThat(tuning.count(Role.MODULE)).isEqualTo(3 * WIDTH);
            assertThat(Tensors.floats(tuning.trainables().get("prompt.blocks.1").tensor()))
                    .containsExactly(Tensors.floats(
                            prompted.trainables().get("prompt.blocks.1").tensor()));
            assertThat(Tensors.floats(tuning.trainables().get("prompt.blocks.2").tensor()))
                    .containsExactly(Tensors.floats(prompted.trainables()
                            .get("prompt.blocks.2")
                            .tensor()
                            .narrow(1, 1, 1)));
            assertThat(features(vit, tuning)).isNotEqualTo(features(vit, null));
        }
        try (VisionTransformer vit = Golden.vit();
                Tuning both = new Tuning(vit, planned(List.of(), "prompt.blocks.1.0", "prompt.blocks.1.1"), 7, 3);
                Tuning prompted = new Tuning(
                        vit,
                        new Prompt(Prompt.Depth.DEEP, 2, 0, 0, false, List.of(1), Prompt.Pool.CLASS_TOKEN),
                        7,
                        3)) {
            assertThat(features(vit, both)).containsExactly(features(vit, prompted));
        }
    }

    @Test
    void aTaskFileKeepsThem() {
        Planned spec = planned(List.of("blocks.1.mlp.fc1.weight"), "prompt.blocks.0.3");
        TuningMethod method = TuningMethod.named(spec.method());
        assertThat(method.restore(method.store(spec), "task")).isEqualTo(spec);
    }

    @Test
    void aPromptOfNoBlockIsRefused() {
        try (VisionTransformer vit = Golden.vit()) {
            assertThatThrownBy(() -> new Tuning(vit, planned(List.of(), "prompt.blocks.9.0", "first"), 7, 3).close())
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("prompt.blocks.9.0: expected a prompt of one of 3 blocks")
                    .hasMessageContaining("first: expected a prompt");
        }
    }
}
