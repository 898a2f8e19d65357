package dev.inlay.train.optim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** SGD by single operations; without momentum it has no state. */
final class Sgd implements Optimizer {
    private final List<ParameterGroup> groups;
    private final double momentum;
    private final boolean nesterov;
    private final OptimizerState state = new OptimizerState();
    private final Map<String, Tensor> buffers = new HashMap<>();

    Sgd(List<ParameterGroup> groups, double momentum, boolean nesterov) {
        this.groups = List.copyOf(groups);
        this.momentum = momentum;
        this.nesterov = nesterov;
        if (momentum > 0) {
            try (PointerScope scope = new PointerScope()) {
                for (ParameterGroup group : groups) {
                    for (Parameter p : group.parameters()) {
                        buffers.put(p.name(), state.add(p, "momentum_buffer", torch.zeros_like(p.tensor())));
                    }
                }
            }
        }
    }

    @Override
    public void step(double learningRate) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            Scalar mu = new Scalar(momentum);
            for (ParameterGroup group : groups) {
                Scalar decay = new Scalar(group.weightDecay());
                Scalar descent = new Scalar(-learningRate * group.learningRateFactor());
                for (Parameter parameter : group.parameters()) {
                    Tensor weight = parameter.tensor();
                    Tensor gradient = weight.grad();
                    if (!gradient.defined()) {
                        continue;
                    }
                    if (group.weightDecay() > 0) {
                        gradient = gradient.add(weight, decay);
                    }
                    weight.add_(direction(buffers.get(parameter.name()), gradient, mu), descent);
                }
            }
        }
    }

    private Tensor direction(Tensor buffer, Tensor gradient, Scalar mu) {
        if (momentum == 0) {
            return gradient;
        }
        buffer.mul_(mu).add_(gradient);
        return nesterov ? gradient.add(buffer, mu) : buffer;
    }

    @Override
    public void zeroGrad() {
        groups.forEach(group -> Gradients.drop(group.parameters()));
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
        buffers.clear();
        state.close();
    }
}
