package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.BackboneFamily;
import dev.inlay.backbone.BackboneSpec;
import dev.inlay.backbone.SpecJson;
import dev.inlay.plan.AllocationMode;
import dev.inlay.plan.AllocationRule;
import dev.inlay.plan.FlatIndices;
import dev.inlay.plan.ModuleKind;
import dev.inlay.plan.Plan;
import dev.inlay.plan.PlanCost;
import dev.inlay.plan.PlanSource;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Activation;
import dev.inlay.tuning.Initial;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Adapter;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Members;
import dev.inlay.tuning.method.MethodSamples;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Planned.Origin;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.TuningMethod;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;

/**
 * What goes to Python and comes back of one family: small networks with random weights, and specs of every method.
 *
 * @param backbones name to JSON of each network
 * @param specs name to spec; every method that the family takes is among them, and one is called {@code lora}
 */
record InteropCases(Map<String, String> backbones, Map<String, TuningSpec> specs) {
    /** A method that only tests have. */
    private static final String OF_TESTS = "shift";

    /** Those of every family. */
    static List<InteropCases> all() {
        return List.of(VitCases.all(), SwinCases.all(), ConvNeXtCases.all());
    }

    /**
     * Cases of a family: some forms, and a small one of each method that has none and that the family takes.
     *
     * @param forms those that matter, with plans among them
     */
    static InteropCases of(Map<String, String> backbones, Map<String, TuningSpec> forms) {
        Map<String, TuningSpec> specs = new LinkedHashMap<>(forms);
        TreeSet<String> missing = new TreeSet<>(TuningMethod.all().keySet());
        // one network is all that a case has, with a linear head on its features
        missing.removeAll(Set.of(OF_TESTS, Members.METHOD, MaskHead.METHOD));
        forms.values().forEach(spec -> missing.remove(spec.method()));
        InteropCases cases = new InteropCases(backbones, specs);
        if (!missing.isEmpty()) {
            try (Backbone backbone =
                    cases.backbone(backbones.keySet().iterator().next())) {
                missing.forEach(method -> {
                    TuningSpec small = MethodSamples.small(method);
                    if (MethodSamples.takes(backbone, small)) {
                        specs.put(method, small);
                    }
                });
            }
        }
        return cases;
    }

    /** A network of whose parameters none is zero or one. */
    Backbone backbone(String name) {
        BackboneSpec spec = SpecJson.parse(backbones.get(name), name);
        BackboneFamily family = BackboneFamily.of(spec);
        Key key = Key.of(11, name);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        family.shapes(spec).forEach((parameter, sizes) -> {
            long[] shape = sizes.stream().mapToLong(Long::longValue).toArray();
            long count = sizes.stream().reduce(1L, Math::multiplyExact);
            double mean = sizes.size() == 1 && parameter.endsWith(".weight") ? 1 : 0;
            double std = sizes.size() == 1 ? 0.3 : Math.min(0.5, 1 / Math.sqrt((double) count / sizes.get(0)));
            weights.put(parameter, Tensors.own(Tensors.of(Initial.normal(key.at(parameter), count, mean, std), shape)));
        });
        try {
            return family.load(name, spec, weights, name);
        } finally {
            weights.values().forEach(Tensors::release);
        }
    }

    static Adapter adapter(Adapter.Placement placement, Activation activation, double scale) {
        return new Adapter(placement, 3, activation, scale, 0.1, List.of());
    }

    static Prompt prompt(Prompt.Depth depth, int project, boolean shared, List<Integer> blocks, Prompt.Pool pool) {
        return new Prompt(depth, 2, 0.1, project, shared, blocks, pool);
    }

    /** A plan's spec: modules of rank 2, dropped while training. */
    static Planned planned(
            AllocationRule rule,
            List<String> matrices,
            List<String> vectors,
            List<String> prompts,
            Map<String, FlatIndices> sparse,
            Origin origin) {
        long entries = sparse.values().stream().mapToLong(FlatIndices::size).sum();
        Plan plan = new Plan(
                rule,
                matrices,
                vectors,
                prompts,
                sparse,
                new PlanCost(0, 24, entries, rule.classToken()),
                0,
                OptionalLong.empty(),
                List.of(),
                List.of("a note"),
                new PlanSource("none", "by hand"));
        return new Planned(plan, 0.1, 0.1, origin);
    }

    /** A rule of rank 2 that takes every kind of tensor. */
    static AllocationRule rule(ModuleKind module, Map<String, ModuleKind> exceptions, int classToken) {
        return new AllocationRule(module, exceptions, 2, 10, 5, true, AllocationMode.BOTH, classToken);
    }

    /** A spec that can be merged if its method can: the plans of the cases have prompts, too. */
    static TuningSpec withoutPrompts(TuningSpec spec) {
        if (!(spec instanceof Planned planned)) {
            return spec;
        }
        Plan plan = planned.plan();
        Plan without = new Plan(
                plan.rule(),
                plan.matrices(),
                plan.vectors(),
                List.of(),
                plan.blocks(),
                plan.sparse(),
                plan.cost(),
                plan.tau(),
                plan.budget(),
                plan.choices(),
                plan.notes(),
                plan.source());
        return new Planned(without, planned.dropout(), planned.dropPath(), planned.origin());
    }
}
