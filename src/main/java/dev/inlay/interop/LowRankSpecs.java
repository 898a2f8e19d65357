package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.error.ConfigException;
import dev.inlay.error.DataException;
import dev.inlay.tuning.HookPointSelector;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Dora;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.Sum;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Between single updates and the specs that make them: a spec has one rank and one scale, and all of some operations in some blocks. */
final class LowRankSpecs {
    private LowRankSpecs() {}

    private record Setting(int rank, double scale) {}

    private record Group(Setting setting, List<String> operations) {}

    /**
     * What a spec of LoRA or DoRA puts at one place.
     *
     * @param method {@link Lora#METHOD} or {@link Dora#METHOD}
     */
    record Placed(HookPoint place, String method, int rank, double scale, double dropout) {
        /** Whether there is a magnitude besides the factors. */
        boolean magnitudes() {
            return method.equals(Dora.METHOD);
        }
    }

    /**
     * The spec that has exactly these updates: one of LoRA or DoRA, or the smallest sum of them.
     *
     * @param dora whether all updates have magnitudes
     * @param dropout on the input while training
     */
    static TuningSpec of(Collection<LowRankUpdate> updates, boolean dora, double dropout, Backbone backbone) {
        Map<Integer, Map<Setting, TreeSet<String>>> byBlock = new TreeMap<>();
        for (LowRankUpdate update : updates) {
            byBlock.computeIfAbsent(update.place().block(), b -> new LinkedHashMap<>())
                    .computeIfAbsent(new Setting(update.rank(), update.scale()), s -> new TreeSet<>())
                    .add(update.place().operation());
        }
        Map<Group, List<Integer>> groups = new LinkedHashMap<>();
        byBlock.forEach((block, settings) -> settings.forEach((setting, operations) -> groups.computeIfAbsent(
                        new Group(setting, List.copyOf(operations)), g -> new ArrayList<>())
                .add(block)));
        List<TuningSpec> specs = new ArrayList<>();
        groups.forEach((group, blocks) -> specs.add(spec(group, blocks(group, blocks, backbone), dora, dropout)));
        return specs.size() == 1 ? specs.get(0) : new Sum(specs);
    }

    private static TuningSpec spec(Group group, List<Integer> blocks, boolean dora, double dropout) {
        int rank = group.setting().rank();
        double alpha = group.setting().scale() * rank;
        return dora
                ? new Dora(rank, alpha, dropout, group.operations(), blocks)
                : new Lora(rank, alpha, dropout, group.operations(), blocks);
    }

    /** Empty, which means everywhere, if the operations are nowhere else. */
    private static List<Integer> blocks(Group group, List<Integer> blocks, Backbone backbone) {
        boolean elsewhere = backbone.hookPoints().stream()
                .anyMatch(hookPoint -> hookPoint.kind() == HookPoint.Kind.LINEAR
                        && group.operations().contains(hookPoint.operation())
                        && !blocks.contains(hookPoint.block()));
        if (elsewhere && blocks.contains(-1)) {
            throw new DataException("the adapter has a module outside of the blocks, at " + group.operations()
                    + ", and another of its rank and scale inside, which no method of Inlay has");
        }
        return elsewhere ? blocks : List.of();
    }

    /**
     * What a task's spec puts where.
     *
     * @throws ConfigException naming every method that is neither LoRA nor DoRA, or if both are there, or none
     */
    static List<Placed> placed(TuningSpec spec, Backbone backbone) {
        List<Placed> placed = new ArrayList<>();
        TreeSet<String> others = new TreeSet<>();
        for (TuningSpec term : spec.terms()) {
            if (term instanceof Lora lora) {
                place(new HookPointSelector(lora.operations(), lora.blocks()), backbone, Lora.METHOD)
                        .forEach(hookPoint -> placed.add(new Placed(
                                hookPoint, Lora.METHOD, lora.rank(), lora.alpha() / lora.rank(), lora.dropout())));
            } else if (term instanceof Dora dora) {
                place(new HookPointSelector(dora.operations(), dora.blocks()), backbone, Dora.METHOD)
                        .forEach(hookPoint -> placed.add(new Placed(
                                hookPoint, Dora.METHOD, dora.rank(), dora.alpha() / dora.rank(), dora.dropout())));
            } else if (!(term instanceof HeadOnly)) {
                others.add(term.method());
            }
        }
        if (!others.isEmpty()) {
            throw new ConfigException("PEFT's LoRA cannot express the method"
                    + (others.size() > 1 ? "s " : " ") + String.join(", ", others)
                    + "; use --to timm or --to transformers, which merge what can be merged");
        }
        if (placed.stream().map(Placed::method).distinct().count() > 1) {
            throw new ConfigException(
                    "an adapter of PEFT is LoRA or DoRA as a whole, and the task has both; use --to timm"
                            + " or --to transformers, which merge them");
        }
        if (placed.isEmpty()) {
            throw new ConfigException(
                    "the task tunes its head alone, and an adapter of PEFT needs a module; use --to timm or --to"
                            + " transformers");
        }
        return placed;
    }

    private static List<HookPoint> place(HookPointSelector where, Backbone backbone, String method) {
        return where.among(backbone, HookPoint.Kind.LINEAR, method);
    }
}
