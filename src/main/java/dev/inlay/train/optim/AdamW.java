package dev.inlay.train.optim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** AdamW in both of its {@linkplain AdamWSpec.Form forms}; PyTorch's by LibTorch's fused kernel where all devices have it. */
final class AdamW extends FormulaOptimizer {
    private final AdamWSpec spec;
    private final boolean fused;
    private final Map<String, Slot> slots = new HashMap<>();

    /**
     * A parameter and its state.
     *
     * @param w the parameter
     * @param m mean of its gradients, of its shape
     * @param v mean of its squared gradients, of its shape
     * @param t float32, 0-d: steps so far, that under way counted
     */
    record Slot(Tensor w, Tensor m, Tensor v, Tensor t) {
        /** The gradient, contiguous. */
        Tensor g() {
            return w.grad().contiguous();
        }
    }

    /**
     * @param fused whether {@link FusedAdamW} does the step, which has PyTorch's form alone
     */
    AdamW(List<ParameterGroup> groups, AdamWSpec spec, boolean fused) {
        super(groups);
        this.spec = spec;
        this.fused = fused;
        try (PointerScope scope = new PointerScope()) {
            groups.forEach(group -> group.parameters().forEach(p -> slots.put(p.name(), slot(p))));
        }
    }

    private Slot slot(Parameter parameter) {
        Tensor w = parameter.tensor();
        TensorOptions counter = w.options().dtype(new ScalarTypeOptional(ScalarType.Float));
        return new Slot(
                w,
                keep(parameter, "exp_avg", torch.zeros_like(w)),
                keep(parameter, "exp_avg_sq", torch.zeros_like(w)),
                keep(parameter, "step", torch.zeros(new long[0], counter)));
    }

    @Override
    void update(List<Parameter> parameters, double eta, double lambda) {
        List<Slot> stepped = parameters.stream().map(p -> slots.get(p.name())).toList();
        Scalar one = new Scalar(1.0);
        stepped.forEach(slot -> slot.t.add_(one));
        if (fused) {
            FusedAdamW.update(stepped, spec, eta, lambda);
        } else {
            stepped.forEach(slot -> update(slot.w, slot.g(), slot.m, slot.v, slot.t.item_double(), eta, lambda));
        }
    }

    private void update(Tensor w, Tensor g, Tensor m, Tensor v, double t, double eta, double lambda) {
        double biasOfM = 1 - Math.pow(spec.beta1(), t);
        double biasOfV = 1 - Math.pow(spec.beta2(), t);
        Scalar epsilon = new Scalar(spec.epsilon());
        Scalar decay = new Scalar(1 - eta * lambda);
        m.lerp_(g, new Scalar(1 - spec.beta1()));
        v.mul_(new Scalar(spec.beta2())).addcmul_(g, g, new Scalar(1 - spec.beta2()));
        switch (spec.form()) {
            case STANDARD -> {
                Tensor root = v.sqrt().mul_(new Scalar(1 / Math.sqrt(biasOfV))).add_(epsilon);
                w.mul_(decay);
                w.addcdiv_(m, root, new Scalar(-eta / biasOfM));
            }
            case VPT -> {
                Tensor root = v.sqrt().add_(epsilon);
                w.addcdiv_(m, root, new Scalar(-eta * (Math.sqrt(biasOfV) / biasOfM)));
                w.mul_(decay);
            }
        }
    }
}
