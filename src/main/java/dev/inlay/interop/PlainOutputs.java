package dev.inlay.interop;

import dev.inlay.data.LabelSpace;
import dev.inlay.tensor.Device;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** A head whose outputs others use as they are: numbers in their own units, not standardised; classes stay as they are. */
final class PlainOutputs {
    private PlainOutputs() {}

    /** The weight of such a head: (K, D), times deviation. */
    static Tensor weight(LabelSpace labels, Tensor weight) {
        return labels instanceof LabelSpace.Numbers numbers
                ? weight.mul(row(weight, numbers.deviations()).unsqueeze(1))
                : weight;
    }

    /** The bias of such a head, (K), or outputs, (B, K): times deviation, plus mean. */
    static Tensor bias(LabelSpace labels, Tensor bias) {
        return labels instanceof LabelSpace.Numbers numbers
                ? bias.mul(row(bias, numbers.deviations())).add(row(bias, numbers.means()))
                : bias;
    }

    /** How outputs of such a head are read. */
    static LabelSpace of(LabelSpace labels) {
        return labels.kind() == LabelSpace.Kind.NUMBERS ? LabelSpace.numbers(labels.names(), List.of()) : labels;
    }

    private static Tensor row(Tensor beside, List<Double> values) {
        float[] row = new float[values.size()];
        for (int k = 0; k < row.length; k++) {
            row[k] = values.get(k).floatValue();
        }
        return Device.of(beside).of(row, row.length);
    }
}
