package dev.inlay.plan.allocation;

import dev.inlay.error.ConfigException;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Choice;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The budget match of the authors' code (ziplab/SPT, {@code engine.py}), for {@code compat: seed} only. Of a fixed list of τ
 * it takes the one whose size, in float32 millions, is nearest to the budget, ties to the later; if none is nearer than
 * zero is, there is no plan. Sizes count a constant for the class token, and budgets may be exceeded.
 */
public final class SeedSweep {
    /** What the authors count for the class token, whatever its length. */
    public static final long CLASS_TOKEN = 768;

    private static final int STEPS = 79;

    private final Allocator allocator;
    private final AllocationRule rule;
    private final long[] taus;
    private final long[] sizes;

    /**
     * The τ that fits a budget best.
     *
     * @param tau τ
     * @param size trainable parameters as the authors count them
     */
    public record Match(long tau, long size) {}

    /**
     * @param taus the τ to try, in order
     * @param classToken what is added to every size
     * @throws ConfigException if a τ is above the number of candidate weights
     */
    public SeedSweep(Allocator allocator, AllocationRule rule, long[] taus, long classToken) {
        this.allocator = allocator;
        this.rule = rule;
        this.taus = taus.clone();
        sizes = allocator.costs(rule, taus);
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] += classToken;
        }
    }

    /**
     * The sweep with the authors' own τ and constant.
     *
     * @throws ConfigException if the backbone has fewer than the 1 580 000 candidate weights that the sweep reaches
     */
    public static SeedSweep ofAuthors(Allocator allocator, AllocationRule rule) {
        return new SeedSweep(allocator, rule, authorTaus(), CLASS_TOKEN);
    }

    /** The 79 values ⌈i · 0.02 · 10⁶⌉ in double arithmetic, four of which are one above a multiple of 20 000. */
    public static long[] authorTaus() {
        long[] taus = new long[STEPS];
        for (int i = 1; i <= STEPS; i++) {
            taus[i - 1] = (long) Math.ceil(i * 0.02 * 1e6);
        }
        return taus;
    }

    /**
     * The best match for a budget; empty if zero is nearer to it than every size.
     *
     * @param budget trainable parameters
     */
    public Optional<Match> match(long budget) {
        float wanted = millions(budget);
        float nearest = wanted;
        Optional<Match> match = Optional.empty();
        for (int i = 0; i < taus.length; i++) {
            float distance = Math.abs(millions(sizes[i]) - wanted);
            if (distance <= nearest) {
                nearest = distance;
                match = Optional.of(new Match(taus[i], sizes[i]));
            }
        }
        return match;
    }

    /**
     * The plan that the authors' code really trains for a budget: {@link #asTrained} of the matched one.
     *
     * @param budget trainable parameters
     * @throws ConfigException if no τ matches
     */
    public Plan plan(long budget) {
        Match match = match(budget)
                .orElseThrow(
                        () -> new ConfigException(
                                "budget: the seed's sweep has no plan for " + budget
                                        + ", because every size it tries is more than twice that; raise the budget or leave compat off"));
        String note = String.format(
                Locale.ROOT,
                "compat: seed matched this plan to the budget, counting it as %,d parameters.",
                match.size());
        return asTrained(allocator.plan(rule, match.tau(), OptionalLong.of(budget), List.of(note)));
    }

    /**
     * A plan as the authors' second stage trains it. That can replace linear layers only, so the individual weights of
     * normalisations, the vectors whose operation has no matrix, are counted in the budget and then dropped. The cost of
     * the result is what is really trained, and a note says what was dropped.
     */
    public static Plan asTrained(Plan plan) {
        Set<String> linear = plan.choices().stream()
                .map(Choice::candidate)
                .filter(candidate -> candidate.kind() == Candidate.Kind.MATRIX)
                .map(SeedSweep::layer)
                .collect(Collectors.toSet());
        Map<String, FlatIndices> sparse = new LinkedHashMap<>(plan.sparse());
        long dropped = 0;
        for (Choice choice : plan.choices()) {
            if (!linear.contains(layer(choice.candidate()))) {
                FlatIndices indices = sparse.remove(choice.candidate().name());
                dropped += indices == null ? 0 : indices.size();
            }
        }
        PlanCost all = plan.cost();
        PlanCost cost = new PlanCost(all.modules(), all.vectors(), all.sparse() - dropped, all.classToken());
        List<String> notes = new ArrayList<>(plan.notes());
        notes.add(String.format(
                Locale.ROOT, "compat: seed drops %,d selected individual weights of normalisations.", dropped));
        return new Plan(
                plan.rule(),
                plan.matrices(),
                plan.vectors(),
                plan.prompts(),
                sparse,
                cost,
                plan.tau(),
                plan.budget(),
                plan.choices(),
                notes,
                plan.source());
    }

    private static String layer(Candidate candidate) {
        return candidate.block() + " " + candidate.operation();
    }

    private static float millions(long parameters) {
        return (float) parameters / 1e6f;
    }
}
