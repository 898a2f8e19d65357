package dev.inlay.train;

import dev.inlay.data.LabelSpace.Numbers;
import dev.inlay.tensor.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The loss of labels that are numbers: the squared difference of each output from its target, which is standardised by mean and
 * deviation of the training images, averaged over the numbers.
 *
 * @param labels mean and deviation of each number
 */
public record SquaredError(Numbers labels) implements Loss {
    @Override
    public Tensor each(Tensor outputs, Tensor targets) {
        Device device = Device.of(targets);
        Tensor standard = targets.sub(Loss.row(device, labels.means())).div(Loss.row(device, labels.deviations()));
        return outputs.sub(Loss.like(outputs, standard)).square().mean(1);
    }

    @Override
    public boolean tellsRight() {
        return false;
    }

    /** False for every example. */
    @Override
    public Tensor right(Tensor outputs, Tensor targets) {
        return torch.zeros_like(each(outputs, targets)).gt(new Scalar(0.0));
    }
}
