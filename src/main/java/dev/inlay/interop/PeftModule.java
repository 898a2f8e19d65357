package dev.inlay.interop;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.checkpoint.naming.CheckpointLayout;
import dev.inlay.checkpoint.naming.Translation;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A linear layer of a network of timm or transformers, and the places of Inlay's backbone that it is: one, or query, key
 * and value together.
 *
 * @param name such as {@code blocks.0.attn.qkv} or {@code vit.encoder.layer.0.attention.attention.query}
 * @param places in the order of the layer's rows
 */
record PeftModule(String name, List<HookPoint> places) {
    static final String WEIGHT = ".weight";

    /** How many numbers go in, per token. */
    long in() {
        return places.get(0).in();
    }

    /** How many numbers come out, per token. */
    long out() {
        return places.stream().mapToLong(HookPoint::out).sum();
    }

    /** The parameters that hold the biases of the places. */
    Set<String> biases(Backbone backbone) {
        return backbone.tunableParameters().stream()
                .filter(TunableParameter::isBias)
                .filter(tunable -> places.stream()
                        .anyMatch(hookPoint -> hookPoint.block() == tunable.block()
                                && hookPoint.operation().equals(tunable.operation())))
                .map(TunableParameter::parameter)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The name of the module that a weight is of. */
    static String ofWeight(String weight) {
        return weight.substring(0, weight.length() - WEIGHT.length());
    }

    /** The linear layers of a backbone under the names of a layout, in the order of the parameters. */
    static List<PeftModule> of(Backbone backbone, CheckpointLayout layout) {
        Map<String, HookPoint> hookPoints = backbone.hookPoints().stream()
                .filter(hookPoint -> hookPoint.kind() == HookPoint.Kind.LINEAR)
                .collect(Collectors.toMap(HookPoint::name, hookPoint -> hookPoint));
        Map<String, List<TunableParameter>> matrices = new HashMap<>();
        backbone.tunableParameters().stream()
                .filter(tunable ->
                        tunable.kind() == TunableParameter.Kind.MATRIX && hookPoints.containsKey(tunable.linear()))
                .sorted(Comparator.comparing(TunableParameter::firstRow))
                .forEach(tunable -> matrices.computeIfAbsent(tunable.parameter(), p -> new ArrayList<>())
                        .add(tunable));
        List<PeftModule> modules = new ArrayList<>();
        for (Translation.Step step :
                layout.fromTimm(Tensors.shapesOf(backbone.parameters())).steps()) {
            List<TunableParameter> tunables = matrices.get(step.from().get(0));
            if (tunables != null) {
                modules.addAll(of(step.to(), tunables, hookPoints));
            }
        }
        return modules;
    }

    /** Splits the rows of one parameter evenly among the tensors that a layout makes of it. */
    private static List<PeftModule> of(
            List<String> stored, List<TunableParameter> tunables, Map<String, HookPoint> hookPoints) {
        long rows = tunables.stream().mapToLong(TunableParameter::rows).sum() / stored.size();
        List<PeftModule> modules = new ArrayList<>();
        for (int part = 0; part < stored.size(); part++) {
            long from = part * rows;
            List<HookPoint> own = tunables.stream()
                    .filter(tunable -> tunable.firstRow() >= from && tunable.firstRow() + tunable.rows() <= from + rows)
                    .map(tunable -> hookPoints.get(tunable.linear()))
                    .toList();
            modules.add(new PeftModule(ofWeight(stored.get(part)), own));
        }
        return modules;
    }
}
