package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PlanTableTest {
    private static final Allocator ALLOCATOR = Scores.golden();

    @Test
    void saysPerBlockAndOperationWhatIsTunedAndWhy() {
        AllocationRule rule = new AllocationRule(ModuleKind.LORA, 2, 10, 5, true, AllocationMode.BOTH, 24);
        String table = PlanTable.of(ALLOCATOR.planWithin(rule, 900));
        assertThat(table)
                .startsWith(
                        """
                        matrices  attn.q  attn.k   attn.v  attn.proj  mlp.fc1  mlp.fc2
                        block 0   -       M 47/10  -       M 82/10    s 2/13   s 12/13
                        block 1   s 4/10  M 13/10  -       M 74/10    s 2/13   M 20/13
                        block 2   s 1/10  M 30/10  -       s 1/10     s 8/13   s 12/13

                        vectors  norm1.weight  norm1.bias  attn.q.bias""");
        assertThat(table)
                .contains(
                        """
                        block 2  s 2/5         W 5/5       -            s 4/5        W 12/5\s""");
        assertThat(table)
                .contains("\nnorm.weight         -\n")
                .endsWith(
                        """
                        cost         parameters
                        modules             608  6 lora modules of rank 2
                        vectors              96  4 whole vectors
                        sparse               60  individual weights of 17 tensors
                        class token          24  tuned whole
                        total               788  of a budget of 900, tau 358
                        """);
    }

    @Test
    void marksSelectedWeightsThatStayFrozen() {
        AllocationRule rule =
                new AllocationRule(ModuleKind.ADAPTER, 3, 10, 5, false, AllocationMode.STRUCTURED_ONLY, 0);
        assertThat(PlanTable.of(ALLOCATOR.planForTau(rule, 300)))
                .contains("block 1   . 4/18  . 12/18  -       M 63/18    . 2/29   M 18/18\n")
                .contains("block 2  . 2           . 5         -            . 3          . 12 ")
                .contains("5 adapter modules of rank 3\n")
                .contains("class token           0  frozen\n")
                .endsWith("total               855  no budget given, tau 300\n");
    }

    @Test
    void aPlanWithoutCandidatesHasTotalsAndNotes() {
        AllocationRule rule = AllocationRule.published(ModuleKind.LORA, 0);
        Plan plan = new Plan(
                rule,
                List.of(),
                List.of("norm.bias"),
                List.of(),
                Map.of(),
                new PlanCost(0, 12_345, 0, 0),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of("By hand."),
                new PlanSource("", ""));
        assertThat(PlanTable.of(plan))
                .isEqualTo(
                        """
                        cost         parameters
                        modules               0  0 lora modules of rank 8
                        vectors          12,345  1 whole vectors
                        sparse                0  individual weights of 0 tensors
                        class token           0  frozen
                        total            12,345  no budget given, tau 0
                        note: By hand.
                        """);
    }
}
