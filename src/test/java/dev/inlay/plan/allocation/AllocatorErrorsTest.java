package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllocatorErrorsTest {
    private static final List<Candidate> CANDIDATES = List.of(
            new Candidate("fc.weight", Candidate.Kind.MATRIX, 2, 3, 0, "fc"),
            new Candidate("fc.bias", Candidate.Kind.VECTOR, 2, 1, 0, "fc"));
    private static final AllocationRule RULE =
            new AllocationRule(ModuleKind.LORA, 1, 10, 5, true, AllocationMode.BOTH, 4);

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, -1e-30f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesScoresThatAreNone(float score) {
        assertThatThrownBy(() -> allocator(new float[] {1, 2, score, 3, 4, 5}, new float[2]))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("tensor fc.weight holds " + score + " at flat index 2");
    }

    @Test
    void refusesScoresOfAnotherLength() {
        assertThatThrownBy(() -> allocator(new float[6], new float[3]))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("tensor fc.bias: expected 2 x 1 = 2 scores, found 3");
    }

    @Test
    void refusesAnotherNumberOfTensors() {
        assertThatThrownBy(() -> allocator(new float[6]))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("each of 2 candidates")
                .hasMessageContaining("found 1");
    }

    @Test
    void refusesACandidateTwice() {
        List<Candidate> twice = List.of(CANDIDATES.get(1), CANDIDATES.get(1));
        assertThatThrownBy(() -> new Allocator(twice, new float[2][2], Scores.SOURCE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("fc.bias is a candidate twice");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void refusesBudgetsThatAreNotPositive(long budget) {
        assertThatThrownBy(() -> usable().planWithin(RULE, budget))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("budget: expected a positive number")
                .hasMessageContaining(Long.toString(budget));
    }

    @Test
    void refusesABudgetBelowTheClassToken() {
        assertThatThrownBy(() -> usable().plansWithin(RULE, 100, 3))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("budget: 3 does not cover the class token of 4");
    }

    @Test
    void aBudgetOfTheClassTokenAloneTunesNothingElse() {
        Plan plan = usable().planWithin(RULE, 4);
        assertThat(plan.cost().total()).isEqualTo(4);
        assertThat(plan.tau()).isZero();
        assertThat(plan.notes()).containsExactly("Nothing is tuned but the head and the class token.");
    }

    @Test
    void aBudgetAboveEverythingTakesEverythingAndSaysSo() {
        Plan plan = usable().planWithin(RULE, Long.MAX_VALUE);
        assertThat(plan.matrices()).containsExactly("fc.weight");
        assertThat(plan.vectors()).containsExactly("fc.bias");
        assertThat(plan.tau()).isEqualTo(8);
        assertThat(plan.notes())
                .containsExactly("The budget of 9,223,372,036,854,775,807 is above the largest possible cost of 11:"
                        + " every weight is selected.");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 9})
    void refusesATauOutOfRange(long tau) {
        assertThatThrownBy(() -> usable().planForTau(RULE, tau))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("tau: expected 0 to 8")
                .hasMessageContaining("found " + tau);
    }

    @Test
    void theSeedsSweepRefusesABackboneItDoesNotFit() {
        assertThatThrownBy(() -> SeedSweep.ofAuthors(usable(), RULE))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("tau: expected 0 to 8");
    }

    @Test
    void theSeedsSweepHasNoPlanForABudgetFarBelowItsSizes() {
        SeedSweep sweep = new SeedSweep(usable(), RULE, new long[] {8}, 4);
        assertThatThrownBy(() -> sweep.plan(5))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no plan for 5");
        assertThat(sweep.plan(6).tau()).isEqualTo(8);
    }

    private static Allocator usable() {
        return allocator(new float[] {1, 2, 3, 4, 5, 6}, new float[] {7, 8});
    }

    private static Allocator allocator(float[]... scores) {
        return new Allocator(CANDIDATES, scores, Scores.SOURCE);
    }
}
