package dev.inlay.train.run;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.config.Allocation;
import dev.inlay.config.Compat;
import dev.inlay.config.FirstBlock;
import dev.inlay.config.MethodConfig;
import dev.inlay.error.ConfigException;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.Candidate;
import dev.inlay.plan.Choice;
import dev.inlay.plan.Plan;
import dev.inlay.plan.allocation.Allocator;
import dev.inlay.plan.allocation.SeedSweep;
import dev.inlay.plan.file.PlanFile;
import dev.inlay.record.BlockRecord;
import dev.inlay.record.PlanRecord;
import dev.inlay.record.TensorRecord;
import dev.inlay.record.Tuned;
import dev.inlay.train.scores.Scores;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Stage 2 of a run: from scores and a budget to a plan. */
final class AllocationStage {
    private AllocationStage() {}

    /**
     * Refuses what no scores could make a plan of, before they are computed.
     *
     * @throws ConfigException if there is no such first block or no operation that is an exception, τ is more than there is to select, or the budget does not
     *     cover the class token
     */
    static void require(MethodConfig.Spt config, Backbone backbone) {
        int first = config.firstBlock() instanceof FirstBlock.Auto
                ? FirstBlockStage.latest(backbone.depth())
                : firstBlock(config);
        if (first >= backbone.depth()) {
            throw new ConfigException("method.firstBlock: expected 0 to " + (backbone.depth() - 1) + ", the blocks of "
                    + backbone.name() + ", found " + first);
        }
        rule(config, 0).requireOperationsOf(Candidate.among(backbone.tunableParameters()));
        long weights = Candidate.from(Candidate.among(backbone.tunableParameters()), first).stream()
                .mapToLong(Candidate::size)
                .sum();
        if (config.allocation() instanceof Allocation.Tau tau && tau.weights() > weights) {
            throw new ConfigException("method.tau: expected at most " + weights + ", the weights of " + backbone.name()
                    + (first > 0 ? " from block " + first + " on" : "") + " that can be selected, found "
                    + tau.weights());
        }
        long classToken = classToken(config, backbone);
        budget(config.allocation(), backbone).ifPresent(budget -> {
            if (budget.each() < classToken) {
                String members = budget.members() > 1 ? ", for each of " + budget.members() + " members," : "";
                throw new ConfigException("method.budget: " + budget.each() + members
                        + " does not cover the class token of " + classToken
                        + " parameters; raise it or set method.classToken: false");
            }
        });
    }

    private static int firstBlock(MethodConfig.Spt config) {
        return config.firstBlock() instanceof FirstBlock.At first ? first.block() : 0;
    }

    private static int classToken(MethodConfig.Spt config, Backbone backbone) {
        return config.classToken() && firstBlock(config) == 0
                ? TunableParameter.classToken(backbone.tunableParameters())
                : 0;
    }

    private static Optional<Allocation.Budget> budget(Allocation allocation, Backbone backbone) {
        if (allocation instanceof Allocation.Share share) {
            return Optional.of(share.of(backbone.parameterCount()));
        }
        return allocation instanceof Allocation.Budget budget ? Optional.of(budget) : Optional.empty();
    }

    /**
     * @param scores not used where the config gives a plan
     */
    static Plan plan(MethodConfig.Spt config, Backbone backbone, Compat compat, Scores scores) {
        if (config.allocation() instanceof Allocation.Given given) {
            return PlanFile.read(given.plan());
        }
        AllocationRule rule = rule(config, classToken(config, backbone));
        Scores allowed = scores.from(firstBlock(config));
        Allocator allocator = new Allocator(allowed.candidates(), allowed.values(), allowed.source());
        if (config.allocation() instanceof Allocation.Tau tau) {
            return allocator.planForTau(rule, tau.weights());
        }
        long budget = budget(config.allocation(), backbone).orElseThrow().each();
        return switch (compat) {
            case NONE -> config.spendRest() ? allocator.planSpending(rule, budget) : allocator.planWithin(rule, budget);
            case SEED ->
                SeedSweep.asTrained(SeedSweep.ofAuthors(allocator, rule).plan(budget));
        };
    }

    private static AllocationRule rule(MethodConfig.Spt config, int classToken) {
        return new AllocationRule(
                config.module(),
                config.exceptions(),
                config.rank(),
                config.alpha(),
                config.beta(),
                config.wholeVectors(),
                switch (config.mode()) {
                    case BOTH -> AllocationMode.BOTH;
                    case STRUCTURED -> AllocationMode.STRUCTURED_ONLY;
                    case UNSTRUCTURED -> AllocationMode.UNSTRUCTURED_ONLY;
                },
                classToken);
    }

    /**
     * The plan as it is reported.
     *
     * @param scores of the candidates, or null if the plan was given
     */
    static PlanRecord record(Plan plan, Scores scores) {
        Map<String, Double> sums = new HashMap<>();
        if (scores != null) {
            for (int i = 0; i < scores.values().length; i++) {
                double sum = 0;
                for (float score : scores.values()[i]) {
                    sum += score;
                }
                sums.put(scores.candidates().get(i).name(), sum);
            }
        }
        Map<Candidate, Choice> choices = new LinkedHashMap<>();
        if (scores != null) {
            scores.candidates()
                    .forEach(candidate -> choices.put(
                            candidate, new Choice(candidate, 0, plan.rule().threshold(candidate))));
        }
        plan.choices().forEach(choice -> choices.put(choice.candidate(), choice));
        List<TensorRecord> tensors = choices.values().stream()
                .map(choice -> tensor(
                        plan, choice, sums.getOrDefault(choice.candidate().name(), 0.0)))
                .toList();
        OptionalLong budget = plan.budget();
        return new PlanRecord(
                plan.prompts().isEmpty() ? plan.rule().kinds() : plan.rule().kinds() + " or prompt",
                plan.rule().rank(),
                plan.rule().alpha(),
                plan.rule().beta(),
                budget.isPresent() ? budget.getAsLong() : null,
                plan.tau(),
                plan.cost().total(),
                plan.blocks().isEmpty()
                        ? null
                        : plan.blocks().stream()
                                .map(block -> new BlockRecord(
                                        block.block(), block.score(), block.width(), block.parameters()))
                                .toList(),
                tensors);
    }

    private static TensorRecord tensor(Plan plan, Choice choice, double scoreSum) {
        Candidate candidate = choice.candidate();
        Tuned tuned = Tuned.FROZEN;
        long parameters = 0;
        if (plan.matrices().contains(candidate.name()) || plan.prompts().contains(candidate.name())) {
            tuned = Tuned.MODULE;
            parameters = plan.rule().structuredCost(candidate);
        } else if (plan.vectors().contains(candidate.name())) {
            tuned = Tuned.WHOLE;
            parameters = candidate.size();
        } else if (plan.sparse().containsKey(candidate.name())) {
            tuned = Tuned.SPARSE;
            parameters = plan.sparse().get(candidate.name()).size();
        }
        return new TensorRecord(
                candidate.name(),
                candidate.block() < 0 ? null : candidate.block(),
                candidate.operation(),
                candidate.name().substring(candidate.name().lastIndexOf('.') + 1),
                candidate.size(),
                choice.selected(),
                scoreSum,
                tuned,
                parameters);
    }
}
