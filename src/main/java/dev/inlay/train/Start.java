package dev.inlay.train;

import dev.inlay.parallel.Group;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a training starts on all ranks.
 *
 * @param epoch of the first step, from 0
 * @param step in its epoch, from 0
 */
record Start(int epoch, int step) {
    /** On ranks other than 0, which are told. */
    static final Start UNKNOWN = new Start(0, 0);

    /**
     * Puts all ranks where rank 0 is: its position, its trainables, its optimiser's state.
     *
     * @param own position of this rank; only that of rank 0 counts
     */
    static Start common(Learner learner, Start own) {
        Group group = learner.group();
        if (group.size() == 1) {
            return own;
        }
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor position = Device.CPU.of(new long[] {own.epoch, own.step}, 2);
            group.broadcast(position);
            Map<String, Tensor> state = new LinkedHashMap<>();
            learner.state().forEach((name, tensor) -> {
                Tensor common = tensor.detach().clone();
                group.broadcast(common);
                state.put(name, common);
            });
            if (group.rank() > 0) {
                learner.restore(state, "the state of rank 0");
            }
            long[] at = Tensors.longs(position);
            return new Start(Math.toIntExact(at[0]), Math.toIntExact(at[1]));
        }
    }
}
