package dev.inlay.train.optim;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Steps G models that are stacked along the first dimension of their parameters, each at a learning rate and with a decay of
 * its own. Where an {@link Optimizer} goes from zero, at rate 1 and without decay, is the direction of a step, which no rate
 * and no decay changes; this has one find it for all models and lets each go its own way along it. For one thread at a time.
 */
public final class StackedOptimizer implements AutoCloseable {
    private final OptimizerSpec.Decay decay;
    private final List<Slot> slots = new ArrayList<>();
    private final Optimizer directions;

    /**
     * A parameter of all models.
     *
     * @param parameter (G, …)
     * @param weightDecay of each model, at least 0
     */
    public record Stack(Parameter parameter, double[] weightDecay) {
        private boolean decays() {
            return Arrays.stream(weightDecay).anyMatch(decay -> decay > 0);
        }

        /** A number for each model, in the shape in which it multiplies the parameter. */
        private Tensor each(double[] values) {
            long[] shape = new long[Math.toIntExact(parameter.tensor().dim())];
            Arrays.fill(shape, 1);
            shape[0] = values.length;
            float[] floats = new float[values.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values[i];
            }
            return Device.of(parameter.tensor()).of(floats, shape);
        }
    }

    /** A parameter and the direction it goes, of its shape. */
    private record Slot(Stack stack, Parameter direction) {}

    /**
     * @param spec the rule that all models step by
     * @param stacks with the same G
     */
    public StackedOptimizer(OptimizerSpec spec, List<Stack> stacks) {
        this.decay = spec.decay();
        try (PointerScope scope = new PointerScope()) {
            for (Stack stack : stacks) {
                Parameter parameter = stack.parameter;
                Tensor zero = Tensors.own(torch.zeros_like(parameter.tensor().detach()));
                zero.set_requires_grad(true);
                slots.add(new Slot(stack, new Parameter(parameter.name(), zero, parameter.kind())));
            }
        }
        this.directions = spec.over(
                List.of(new ParameterGroup(slots.stream().map(Slot::direction).toList(), 0, 1)));
    }

    /**
     * One step with the gradients of the parameters, which are undefined afterwards.
     *
     * @param learningRates of each model, at least 0
     */
    public void step(double[] learningRates) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            for (Slot slot : slots) {
                Tensor weight = slot.stack.parameter.tensor();
                Tensor gradient = weight.grad();
                if (decay == OptimizerSpec.Decay.ON_GRADIENT && slot.stack.decays()) {
                    gradient.addcmul_(weight, slot.stack.each(slot.stack.weightDecay));
                }
                slot.direction.tensor().zero_();
                slot.direction.tensor().mutable_grad().put(gradient);
            }
            directions.step(1);
            slots.forEach(slot -> move(slot, learningRates));
            directions.zeroGrad();
            Gradients.drop(slots.stream().map(slot -> slot.stack.parameter).toList());
        }
    }

    private void move(Slot slot, double[] learningRates) {
        Tensor weight = slot.stack.parameter.tensor();
        Tensor keep = null;
        if (decay != OptimizerSpec.Decay.ON_GRADIENT && slot.stack.decays()) {
            double[] kept = new double[learningRates.length];
            Arrays.setAll(kept, i -> 1 - learningRates[i] * slot.stack.weightDecay[i]);
            keep = slot.stack.each(kept);
        }
        if (keep != null && decay == OptimizerSpec.Decay.BEFORE_MOVE) {
            weight.mul_(keep);
        }
        weight.addcmul_(slot.direction.tensor(), slot.stack.each(learningRates));
        if (keep != null && decay == OptimizerSpec.Decay.AFTER_MOVE) {
            weight.mul_(keep);
        }
    }

    /** The state by name, {@code <parameter>.<quantity>}, as of {@link Optimizer#state}; borrowed. */
    public Map<String, Tensor> state() {
        return directions.state();
    }

    /**
     * Copies saved state into this optimiser's.
     *
     * @param saved exactly the names and shapes of {@link #state}; borrowed
     * @throws dev.inlay.error.InlayException if a name is missing or unknown or a shape differs
     */
    public void restore(Map<String, Tensor> saved) {
        directions.restore(saved);
    }

    @Override
    public void close() {
        directions.close();
        slots.forEach(slot -> Tensors.release(slot.direction.tensor()));
        slots.clear();
    }
}
