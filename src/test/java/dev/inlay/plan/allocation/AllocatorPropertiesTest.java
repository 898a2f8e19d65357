package dev.inlay.plan.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** What must hold for any scores: compared with a full sort, the slow and obvious way. */
class AllocatorPropertiesTest {
    /** A few small tensors and their scores. */
    record Problem(List<Candidate> candidates, float[][] scores) {
        Allocator allocator() {
            return new Allocator(candidates, scores, Scores.SOURCE);
        }
    }

    /** One weight in the ranking. */
    private record Weight(float score, int tensor, int index) {}

    @Property(tries = 300)
    void budgetIsNeverExceededAndTauIsTheLargest(
            @ForAll("problems") Problem problem,
            @ForAll("rules") AllocationRule rule,
            @ForAll @LongRange(min = 1, max = 400) long spare) {
        Allocator allocator = problem.allocator();
        long budget = rule.classToken() + spare;

        Plan plan = allocator.planWithin(rule, budget);

        assertThat(plan.cost().total()).isLessThanOrEqualTo(budget);
        if (plan.tau() < allocator.size()) {
            assertThat(allocator.planForTau(rule, plan.tau() + 1).cost().total())
                    .isGreaterThan(budget);
        }
        boolean takesAll = budget > allocator.largestCost(rule);
        assertThat(plan.notes().stream().anyMatch(note -> note.contains("largest possible cost")))
                .isEqualTo(takesAll);
        assertThat(plan.tau() == allocator.size() || !takesAll).isTrue();
        Plan sameTau = allocator.planForTau(rule, plan.tau());
        assertThat(plan.sparse()).isEqualTo(sameTau.sparse());
        assertThat(plan.choices()).isEqualTo(sameTau.choices());
    }

    @Property(tries = 100)
    void costNeverFallsAsTauGrows(@ForAll("problems") Problem problem, @ForAll("rules") AllocationRule rule) {
        Allocator allocator = problem.allocator();
        long[] taus = LongStream.rangeClosed(0, allocator.size()).toArray();

        long[] costs = allocator.costs(rule, taus);

        assertThat(costs).isSorted();
        assertThat(costs[0]).isZero();
        assertThat(costs[costs.length - 1] + rule.classToken()).isEqualTo(allocator.largestCost(rule));
        for (int i = 0; i < costs.length; i += 17) {
            assertThat(allocator.planForTau(rule, taus[i]).cost().total()).isEqualTo(costs[i] + rule.classToken());
        }
    }

    @Property(tries = 100)
    void manyBudgetsAtOnceAreEachAlone(@ForAll("problems") Problem problem, @ForAll("rules") AllocationRule rule) {
        Allocator allocator = problem.allocator();
        long[] budgets = {300, 40, 41, 1_000_000, 97, 40};
        for (int i = 0; i < budgets.length; i++) {
            budgets[i] += rule.classToken();
        }

        List<Plan> plans = allocator.plansWithin(rule, budgets);

        for (int i = 0; i < budgets.length; i++) {
            assertThat(plans.get(i)).isEqualTo(allocator.planWithin(rule, budgets[i]));
        }
    }

    @Property(tries = 300)
    void selectsWhatAFullSortSelects(
            @ForAll("problems") Problem problem,
            @ForAll("rules") AllocationRule rule,
            @ForAll @LongRange(min = 0, max = 10_000) long part) {
        Allocator allocator = problem.allocator();
        long tau = allocator.size() * part / 10_000;
        List<List<Integer>> expected = firstOfSorted(problem, tau);

        Plan plan = allocator.planForTau(rule, tau);

        Map<String, FlatIndices> sparse = new LinkedHashMap<>();
        List<String> matrices = new ArrayList<>();
        List<String> vectors = new ArrayList<>();
        for (int tensor = 0; tensor < expected.size(); tensor++) {
            Candidate candidate = problem.candidates.get(tensor);
            int[] indices = expected.get(tensor).stream()
                    .mapToInt(Integer::intValue)
                    .sorted()
                    .toArray();
            boolean single = rule.mode() == AllocationMode.UNSTRUCTURED_ONLY;
            double divisor = candidate.isVector() ? rule.beta() : rule.alpha();
            boolean structured = indices.length >= rule.structuredCost(candidate) / divisor
                    && !single
                    && (!candidate.isVector() || rule.wholeVectors());
            if (structured) {
                (candidate.isVector() ? vectors : matrices).add(candidate.name());
            } else if (indices.length > 0 && rule.mode() != AllocationMode.STRUCTURED_ONLY) {
                sparse.put(candidate.name(), FlatIndices.of(indices));
            }
            assertThat(plan.choices().get(tensor).selected()).isEqualTo(indices.length);
        }
        assertThat(plan.tau()).isEqualTo(tau);
        assertThat(plan.matrices()).isEqualTo(matrices);
        assertThat(plan.vectors()).isEqualTo(vectors);
        assertThat(plan.sparse()).isEqualTo(sparse);
    }

    @Provide
    Arbitrary<Problem> problems() {
        Arbitrary<Long> seeds = Arbitraries.longs();
        Arbitrary<Integer> blocks = Arbitraries.integers().between(1, 3);
        Arbitrary<Integer> distinctScores = Arbitraries.of(1, 2, 5, 1 << 20);
        return Combinators.combine(seeds, blocks, distinctScores).as(AllocatorPropertiesTest::problem);
    }

    @Provide
    Arbitrary<AllocationRule> rules() {
        return Combinators.combine(
                        Arbitraries.of(ModuleKind.values()).filter(kind -> !kind.isOfBlock()),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.of(1.0, 1.5, 4.0, 10.0, 100.0),
                        Arbitraries.of(1.0, 2.5, 5.0),
                        Arbitraries.of(true, false),
                        Arbitraries.of(AllocationMode.values()),
                        Arbitraries.of(0, 24))
                .as(AllocationRule::new);
    }

    private static Problem problem(long seed, int blocks, int distinctScores) {
        Random random = new Random(seed);
        List<Candidate> candidates = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            int rows = 1 + random.nextInt(12);
            int cols = 1 + random.nextInt(12);
            String layer = "blocks." + block + ".fc";
            candidates.add(new Candidate(layer + ".weight", Candidate.Kind.MATRIX, rows, cols, block, "fc"));
            candidates.add(new Candidate(layer + ".bias", Candidate.Kind.VECTOR, rows, 1, block, "fc"));
        }
        candidates.add(new Candidate("norm.weight", Candidate.Kind.VECTOR, 1 + random.nextInt(30), 1, -1, "norm"));
        float[][] scores = new float[candidates.size()][];
        for (int tensor = 0; tensor < scores.length; tensor++) {
            scores[tensor] = new float[candidates.get(tensor).size()];
            for (int i = 0; i < scores[tensor].length; i++) {
                double score = Math.pow(random.nextInt(distinctScores) / 1000.0, 2);
                scores[tensor][i] = score == 0 && random.nextBoolean() ? -0f : (float) score;
            }
        }
        return new Problem(candidates, scores);
    }

    private static List<List<Integer>> firstOfSorted(Problem problem, long tau) {
        List<Weight> weights = new ArrayList<>();
        List<List<Integer>> selected = new ArrayList<>();
        for (int tensor = 0; tensor < problem.scores.length; tensor++) {
            selected.add(new ArrayList<>());
            for (int i = 0; i < problem.scores[tensor].length; i++) {
                weights.add(new Weight(problem.scores[tensor][i] + 0f, tensor, i));
            }
        }
        weights.sort((a, b) -> Float.compare(b.score, a.score));
        weights.stream().limit(tau).forEach(weight -> selected.get(weight.tensor)
                .add(weight.index));
        return selected;
    }
}
