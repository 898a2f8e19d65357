package dev.inlay.train.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** AdamW: keeps the state and the step counts, and leaves the formula to an {@link AdamWUpdate}. */
final class AdamW implements Optimizer {
    private final List<Group> groups = new ArrayList<>();
    private final OptimizerState state = new OptimizerState();
    private final AdamWUpdate update;

    private record Group(List<Slot> slots, ParameterGroup settings) {}

    /** A parameter with its mean gradient, its mean squared gradient (both of its shape), and its steps so far (0-d). */
    private record Slot(Parameter parameter, Tensor mean, Tensor square, Tensor steps) {}

    AdamW(List<ParameterGroup> groups, AdamWUpdate update) {
        this.update = update;
        try (PointerScope scope = new PointerScope()) {
            for (ParameterGroup group : groups) {
                this.groups.add(
                        new Group(group.parameters().stream().map(this::slot).toList(), group));
            }
        }
    }

    private Slot slot(Parameter parameter) {
        Tensor tensor = parameter.tensor();
        TensorOptions counter = tensor.options().dtype(new ScalarTypeOptional(ScalarType.Float));
        return new Slot(
                parameter,
                state.add(parameter, "exp_avg", torch.zeros_like(tensor)),
                state.add(parameter, "exp_avg_sq", torch.zeros_like(tensor)),
                state.add(parameter, "step", torch.zeros(new long[0], counter)));
    }

    @Override
    public void step(double learningRate) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            Scalar one = new Scalar(1.0);
            for (Group group : groups) {
                List<AdamWUpdate.Term> terms = new ArrayList<>(group.slots.size());
                for (Slot slot : group.slots) {
                    Tensor gradient = slot.parameter.tensor().grad();
                    if (gradient.defined()) {
                        slot.steps.add_(one);
                        terms.add(new AdamWUpdate.Term(
                                slot.parameter.tensor(), gradient.contiguous(), slot.mean, slot.square, slot.steps));
                    }
                }
                if (!terms.isEmpty()) {
                    ParameterGroup settings = group.settings;
                    update.apply(terms, learningRate * settings.learningRateFactor(), settings.weightDecay());
                }
            }
        }
    }

    @Override
    public void zeroGrad() {
        groups.forEach(group -> Gradients.drop(group.settings.parameters()));
    }

    @Override
    public Map<String, Tensor> state() {
        return state.tensors();
    }

    @Override
    public void restore(Map<String, Tensor> saved) {
        state.restore(saved);
    }

    @Override
    public void close() {
        groups.clear();
        state.close();
    }
}
