package dev.inlay.train.optim;

import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Which parameters weight decay pulls towards zero. */
@FunctionalInterface
public interface DecayRule {
    /**
     * Weights of two or more dimensions, so no vector, no bias, no token: the rule of SPT's published code and of timm.
     * Entries tuned one by one are vectors and do not decay.
     */
    DecayRule MATRICES = parameter ->
            parameter.kind() == Trainable.Kind.WEIGHT && parameter.tensor().dim() >= 2;

    /** All but biases, so also norm scales, tokens and prompts: the rule of VPT's published code with AdamW. */
    DecayRule ALL_BUT_BIASES = parameter -> parameter.kind() != Trainable.Kind.BIAS;

    /** All but the bias of the head's last layer: the rule of VPT's published code with SGD. */
    DecayRule ALL_BUT_HEAD_BIAS = parameter -> !parameter.name().equals(Tuning.HEAD_BIAS);

    /** True if {@code parameter} decays. */
    boolean decays(Parameter parameter);

    /** As {@link #group(List, double, ToDoubleFunction)}, all at the full learning rate. */
    default List<ParameterGroup> group(List<Parameter> parameters, double weightDecay) {
        return group(parameters, weightDecay, parameter -> 1);
    }

    /**
     * A group for each factor of the learning rate: of what decays, by {@code weightDecay}, then of what does not.
     *
     * @param parameters in the order in which they are stepped, kept within each group
     * @param weightDecay at least 0
     * @param factor of the learning rate of a parameter, at least 0
     */
    default List<ParameterGroup> group(
            List<Parameter> parameters, double weightDecay, ToDoubleFunction<Parameter> factor) {
        List<ParameterGroup> groups = new ArrayList<>();
        for (boolean decays : new boolean[] {true, false}) {
            parameters.stream()
                    .filter(parameter -> decays(parameter) == decays)
                    .collect(Collectors.groupingBy(factor::applyAsDouble, LinkedHashMap::new, Collectors.toList()))
                    .forEach((rate, alike) -> groups.add(new ParameterGroup(alike, decays ? weightDecay : 0, rate)));
        }
        return List.copyOf(groups);
    }
}
