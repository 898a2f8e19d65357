package dev.inlay.train.optim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** SGD by single operations; without momentum it has no state. */
final class Sgd extends FormulaOptimizer {
    private final SgdSpec spec;
    private final Map<String, Tensor> buffers = new HashMap<>();

    Sgd(List<ParameterGroup> groups, SgdSpec spec) {
        super(groups);
        this.spec = spec;
        if (spec.momentum() > 0) {
            try (PointerScope scope = new PointerScope()) {
                groups.forEach(group -> group.parameters().forEach(this::addBuffer));
            }
        }
    }

    private void addBuffer(Parameter parameter) {
        Tensor zeros = torch.zeros_like(parameter.tensor());
        buffers.put(parameter.name(), keep(parameter, "momentum_buffer", zeros));
    }

    @Override
    void update(List<Parameter> parameters, double eta, double lambda) {
        Scalar mu = new Scalar(spec.momentum());
        Scalar decay = new Scalar(lambda);
        Scalar descent = new Scalar(-eta);
        for (Parameter parameter : parameters) {
            Tensor w = parameter.tensor();
            Tensor g = lambda > 0 ? w.grad().add(w, decay) : w.grad();
            if (spec.momentum() == 0) {
                w.add_(g, descent);
            } else {
                Tensor b = buffers.get(parameter.name()).mul_(mu).add_(g);
                w.add_(spec.nesterov() ? g.add(b, mu) : b, descent);
            }
        }
    }
}
