package dev.inlay.tuning.shift;

import dev.inlay.backbone.TunableParameter;
import dev.inlay.plan.FlatIndices;
import dev.inlay.tuning.Attachment;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.TuningSpec;
import org.bytedeco.pytorch.Tensor;

/**
 * A method that only the tests have: adds a trained vector to one bias in some blocks.
 *
 * @param operation whose bias it is
 * @param start every entry of the vector before training
 * @param blocks in which blocks
 */
public record Shift(String operation, double start, FlatIndices blocks) implements TuningSpec {
    static final String METHOD = "shift";

    @Override
    public String method() {
        return METHOD;
    }

    @Override
    public void attach(Attachment attachment) {
        for (TunableParameter tunable : attachment.backbone().tunableParameters()) {
            if (tunable.isBias()
                    && tunable.operation().equals(operation)
                    && blocks.stream().anyMatch(block -> block == tunable.block())) {
                float[] initial = new float[(int) tunable.size()];
                java.util.Arrays.fill(initial, (float) start);
                Tensor shift = attachment.trainable(
                        "shift." + tunable.name(),
                        initial,
                        new long[] {initial.length},
                        Trainable.Role.VECTOR,
                        Trainable.Kind.BIAS);
                attachment.value(tunable, base -> base.add(shift));
            }
        }
    }
}
