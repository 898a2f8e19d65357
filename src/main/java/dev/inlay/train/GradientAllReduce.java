package dev.inlay.train;

import dev.inlay.parallel.Group;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.optim.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes the gradients that ranks have of the mean over their shares of a batch those of the mean over the batch: all that a
 * rank has, times its part of the rows, is one vector, and the vectors are summed once.
 */
final class GradientAllReduce {
    private GradientAllReduce() {}

    /**
     * Every rank calls this after its backward pass. A gradient is defined afterwards where it is on any rank.
     *
     * @param parameters the same on all ranks
     * @param part of the batch's rows that are this rank's, in [0, 1]; the parts sum to 1
     * @param means numbers that are means over this rank's rows
     * @return those numbers as means over the batch
     */
    static double[] sum(Group group, List<Parameter> parameters, double part, double... means) {
        if (group.size() == 1) {
            return means;
        }
        int count = parameters.size();
        float[] defined = new float[count];
        List<Tensor> pieces = new ArrayList<>();
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < count; i++) {
                Tensor values = parameters.get(i).tensor();
                Tensor gradient = values.grad();
                defined[i] = gradient.defined() ? 1 : 0;
                pieces.add((gradient.defined() ? gradient : torch.zeros_like(values)).reshape(-1));
            }
            pieces.add(Device.CPU.of(defined, count));
            pieces.add(Device.CPU.of(means, means.length).to(ScalarType.Float));
            Tensor all = Tensors.cat(pieces, 0).mul_(new Scalar(part));
            group.sum(all);
            long from = 0;
            float[] anywhere = Tensors.floats(all.narrow(0, all.numel() - count - means.length, count));
            for (int i = 0; i < count; i++) {
                Tensor values = parameters.get(i).tensor();
                if (anywhere[i] > 0) {
                    values.mutable_grad()
                            .put(all.narrow(0, from, values.numel()).view_as(values));
                }
                from += values.numel();
            }
            return Tensors.doubles(all.narrow(0, all.numel() - means.length, means.length));
        }
    }
}
