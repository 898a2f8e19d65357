package dev.inlay.train.optim;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** What optimisers share: groups, named state and gradients. A subclass is its formula. */
abstract class FormulaOptimizer implements Optimizer {
    private final List<ParameterGroup> groups;
    private final OptimizerState state = new OptimizerState();

    FormulaOptimizer(List<ParameterGroup> groups) {
        this.groups = List.copyOf(groups);
    }

    /**
     * Keeps a tensor as state that is saved and restored.
     *
     * @param quantity its name in saved state
     * @param initial becomes this optimiser's
     * @return {@code initial}
     */
    final Tensor keep(Parameter parameter, String quantity, Tensor initial) {
        return state.add(parameter, quantity, initial);
    }

    /**
     * Changes the weights and the state of parameters that are trained alike; called in a scope and without autograd.
     *
     * @param parameters each with a gradient; at least one
     * @param eta the learning rate η of the group
     * @param lambda the weight decay λ
     */
    abstract void update(List<Parameter> parameters, double eta, double lambda);

    @Override
    public final void step(double learningRate) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            for (ParameterGroup group : groups) {
                List<Parameter> withGradient = group.parameters().stream()
                        .filter(parameter -> parameter.tensor().grad().defined())
                        .toList();
                if (!withGradient.isEmpty()) {
                    update(withGradient, learningRate * group.learningRateFactor(), group.weightDecay());
                }
            }
        }
    }

    @Override
    public final void zeroGrad() {
        groups.forEach(group -> Gradients.drop(group.parameters()));
    }

    @Override
    public final Map<String, Tensor> state() {
        return state.tensors();
    }

    @Override
    public final void restore(Map<String, Tensor> saved) {
        state.restore(saved);
    }

    @Override
    public final void close() {
        state.close();
    }
}
