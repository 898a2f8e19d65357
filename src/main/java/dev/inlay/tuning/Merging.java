package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.error.ConfigException;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Mergeable.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Puts hooks into the parameters of their backbone, on copies, or says which of them no parameter can hold. */
final class Merging {
    private final Backbone backbone;
    private final AttachedHooks hooks;
    private final Map<String, List<String>> obstacles;

    Merging(Backbone backbone, AttachedHooks hooks) {
        this.backbone = backbone;
        this.hooks = hooks;
        this.obstacles = new LinkedHashMap<>(hooks.obstacles);
    }

    /**
     * @return the backbone's parameters with everything put in, by timm's name; owned by the caller
     * @throws ConfigException listing by method what cannot be put in
     */
    Map<String, Tensor> merged() {
        Map<String, Tensor> merged = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            requireNoObstacle();
            backbone.parameters()
                    .forEach((name, base) -> merged.put(
                            name,
                            Tensors.own(hooks.parameter(name, base).detach().clone())));
            backbone.hookPoints().forEach(hookPoint -> merge(hookPoint, merged));
            requireNoObstacle();
            return merged;
        } catch (RuntimeException e) {
            merged.values().forEach(Tensors::release);
            throw e;
        }
    }

    private void merge(HookPoint hookPoint, Map<String, Tensor> merged) {
        for (OutputHook module : hooks.outputs.getOrDefault(hookPoint.name(), List.of())) {
            List<TunableParameter> weights = sites(hookPoint, false);
            List<TunableParameter> biases = sites(hookPoint, true);
            if (weights.size() != 1 || biases.size() > 1) {
                obstacle("a module behind a step that has not one matrix", hookPoint);
                return;
            }
            Tensor whole = view(weights.get(0), merged);
            Tensor weight = whole.dim() > 2 ? whole.flatten(1, -1) : whole; // filters are a matrix too
            Optional<Tensor> bias =
                    biases.stream().map(tunable -> view(tunable, merged)).findFirst();
            Weights made = ((Mergeable) module).merged(new Weights(weight, bias));
            if (made.bias().isPresent() != bias.isPresent()) {
                obstacle("a shift behind a step that has no bias", hookPoint);
                return;
            }
            weight.copy_(made.weight());
            bias.ifPresent(values -> values.copy_(made.bias().orElseThrow()));
        }
    }

    private void obstacle(String what, HookPoint hookPoint) {
        obstacles.computeIfAbsent(what, w -> new ArrayList<>()).add(hookPoint.name());
    }

    /** The parameters of a step, as the tunable parameters of its operation have them. */
    private List<TunableParameter> sites(HookPoint hookPoint, boolean bias) {
        return backbone.tunableParameters().stream()
                .filter(tunable -> tunable.block() == hookPoint.block()
                        && tunable.operation().equals(hookPoint.operation()))
                .filter(tunable -> tunable.isBias() == bias)
                .toList();
    }

    private static Tensor view(TunableParameter tunable, Map<String, Tensor> merged) {
        return merged.get(tunable.parameter()).narrow(0, tunable.firstRow(), tunable.rows());
    }

    private void requireNoObstacle() {
        if (!obstacles.isEmpty()) {
            List<String> problems = new ArrayList<>();
            obstacles.forEach((what, where) -> problems.add(
                    what + ": " + where.get(0) + (where.size() > 1 ? " and " + (where.size() - 1) + " more" : "")));
            throw new ConfigException(
                    "what is tuned cannot be merged into the weights of " + backbone.name()
                            + "; use the task as it is, in Inlay or with python/inlay",
                    problems);
        }
    }
}
