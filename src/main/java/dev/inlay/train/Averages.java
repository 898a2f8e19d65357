package dev.inlay.train;

import dev.inlay.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The running averages of what a training learns, statistics included; empty before its first step. For one thread. */
final class Averages implements AutoCloseable {
    private final Averaging averaging;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    Averages(Averaging averaging) {
        this.averaging = averaging;
    }

    /** The averages by name, to be saved and restored; owned by this object, also what is put in. */
    Map<String, Tensor> tensors() {
        return tensors;
    }

    /**
     * Takes in what was learned by a step.
     *
     * @param learned by name; the same names in every step; borrowed
     * @param step of the training, from 1
     */
    void update(Map<String, Tensor> learned, long step) {
        if (!averaging.isMade()) {
            return;
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            if (step == 1) {
                close();
                tensors.putAll(copies(learned));
            } else {
                Scalar share = new Scalar(1 - averaging.decay(step));
                learned.forEach((name, tensor) -> tensors.get(name).lerp_(tensor, share));
            }
        }
    }

    /** Does something while a learner has the averages, if there are any, in the place of what it learned. */
    <T> T in(SteppedTraining learner, Supplier<T> work) {
        if (tensors.isEmpty()) {
            return work.get();
        }
        Map<String, Tensor> learned = copies(learner.parameters());
        try {
            putInto(learner);
            return work.get();
        } finally {
            learner.restore(learned, learner.optimizerState(), "what was learned");
            learned.values().forEach(Tensors::release);
        }
    }

    /** Puts the averages, if there are any, in the place of what was learned. */
    void putInto(SteppedTraining learner) {
        if (!tensors.isEmpty()) {
            learner.restore(tensors, learner.optimizerState(), "the averages");
        }
    }

    /** Copies, owned by the caller. */
    static Map<String, Tensor> copies(Map<String, Tensor> tensors) {
        Map<String, Tensor> copies = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            tensors.forEach((name, tensor) ->
                    copies.put(name, Tensors.own(tensor.detach().clone())));
        }
        return copies;
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensors::release);
        tensors.clear();
    }
}
