package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Candidate.Kind;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanJson;
import dev.inlay.plan.PlanSource;
import dev.inlay.plan.PromptName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plans that mix kinds of modules and prompts. */
class MixedPlansTest {
    private static final int WIDTH = 16;
    private static final AllocationRule RULE = new AllocationRule(
            ModuleKind.LORA,
            Map.of("mlp.fc1", ModuleKind.SSF, "attn.proj", ModuleKind.ADAPTER),
            2,
            4,
            5,
            true,
            AllocationMode.BOTH,
            0);

    private static List<Candidate> candidates() {
        List<Candidate> candidates = new ArrayList<>();
        for (int block = 0; block < 3; block++) {
            for (String operation : List.of("attn.q", "attn.proj", "mlp.fc1")) {
                String name = "blocks." + block + "." + operation;
                int rows = operation.equals("mlp.fc1") ? 2 * WIDTH : WIDTH;
                candidates.add(new Candidate(name + ".weight", Kind.MATRIX, rows, WIDTH, block, operation));
                candidates.add(new Candidate(name + ".bias", Kind.VECTOR, rows, 1, block, operation));
            }
        }
        for (int block = 0; block < 3; block++) {
            for (int number = 0; number < 4; number++) {
                candidates.add(Candidate.prompt(new PromptName(block, number), WIDTH));
            }
        }
        return candidates;
    }

    /** Each tensor has its own scale, so that some are much more sensitive than others. */
    private static Allocator allocator(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] scores = candidates().stream()
                .map(candidate -> {
                    double scale = Math.exp(3 * random.nextGaussian());
                    float[] values = new float[candidate.size()];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) (scale * random.nextDouble());
                    }
                    return values;
                })
                .toArray(float[][]::new);
        return new Allocator(candidates(), scores, new PlanSource("mixed", "drawn"));
    }

    @Test
    void everyKindCostsWhatItsFormulaSays() {
        assertThat(RULE.structuredCost(candidates().get(0))).isEqualTo(2 * (WIDTH + WIDTH));
        assertThat(RULE.structuredCost(candidates().get(2))).isEqualTo(2 * 2 * WIDTH + 2 + WIDTH);
        assertThat(RULE.structuredCost(candidates().get(4))).isEqualTo(2 * 2 * WIDTH);
        Candidate prompt = Candidate.prompt(new PromptName(2, 3), WIDTH);
        assertThat(prompt.name()).isEqualTo("prompt.blocks.2.3");
        assertThat(RULE.structuredCost(prompt)).isEqualTo(WIDTH);
        assertThat(RULE.threshold(prompt)).hasValue(4);
    }

    /** The same modules, and the most sensitive of the weights that are left. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatABudgetHasLeftGoesToSingleWeights(long seed) {
        Allocator allocator = allocator(seed);
        int reached = 0;
        for (long budget : new long[] {40, 200, 500, 900}) {
            Plan within = allocator.planWithin(RULE, budget);
            Plan spent = allocator.planSpending(RULE, budget);
            boolean exhausted = spent.choices().stream()
                    .filter(choice -> choice.candidate().isDivisible() && !choice.passes())
                    .allMatch(choice -> choice.selected() == choice.threshold().orElseThrow() - 1);
            assertThat(exhausted || spent.cost().total() == budget).isTrue();
            assertThat(spent.cost().total()).isBetween(within.cost().total(), budget);
            reached += spent.cost().total() == budget ? 1 : 0;
            assertThat(spent.matrices()).isEqualTo(within.matrices());
            assertThat(spent.vectors()).isEqualTo(within.vectors());
            assertThat(spent.prompts()).isEqualTo(within.prompts());
            spent.choices().forEach(choice -> assertThat(choice.passes())
                    .isEqualTo(spent.matrices().contains(choice.candidate().name())
                            || spent.vectors().contains(choice.candidate().name())
                            || spent.prompts().contains(choice.candidate().name())));
            within.sparse().forEach((name, indices) -> assertThat(
                            spent.sparse().get(name).stream().boxed().toList())
                    .containsAll(indices.stream().boxed().toList()));
            assertThat(PlanJson.parse(PlanJson.text(spent), "plan.json")).isEqualTo(spent);
        }
        assertThat(reached).isGreaterThanOrEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void budgetsHoldAndPromptsAreThereWholeOrNotAtAll(long seed) {
        Allocator allocator = allocator(seed);
        long before = 0;
        int prompts = 0;
        for (long budget : new long[] {40, 200, 500, 900, 1500}) {
            Plan plan = allocator.planWithin(RULE, budget);
            assertThat(plan.cost().total()).isLessThanOrEqualTo(budget).isGreaterThanOrEqualTo(before);
            assertThat(plan.sparse().keySet()).noneMatch(name -> name.startsWith("prompt."));
            plan.choices().stream()
                    .filter(choice -> choice.candidate().kind() == Kind.PROMPT)
                    .forEach(choice -> assertThat(
                                    plan.prompts().contains(choice.candidate().name()))
                            .isEqualTo(choice.selected() >= 4));
            assertThat(PlanJson.parse(PlanJson.text(plan), "plan.json")).isEqualTo(plan);
            assertThat(PlanTable.of(plan)).contains("prompts").contains("lora or ");
            before = plan.cost().total();
            prompts = Math.max(prompts, plan.prompts().size());
        }
        assertThat(prompts).isPositive();
    }
}
