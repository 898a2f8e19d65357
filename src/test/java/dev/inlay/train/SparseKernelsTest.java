package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Order;
import dev.inlay.kernels.Kernels;
import dev.inlay.tensor.Device;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.tuning.Tuning;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A training with individual weights takes the same course whoever computes their gradients. */
class SparseKernelsTest {
    private static final int STEPS = 50;
    private static final int SIZE = 8;

    @AfterEach
    void forget() {
        System.clearProperty(Kernels.PROPERTY);
    }

    @Test
    void theLossesOf50StepsAreEqualWithinFloatNoise() {
        assumeTrue(Kernels.describe().contains("native"), "this build has no native kernels");
        double[] ours = losses("auto");
        double[] libTorchs = losses("libtorch");
        assertThat(ours[STEPS - 1]).isLessThan(ours[0]);
        for (int step = 0; step < STEPS; step++) {
            assertThat(ours[step]).isCloseTo(libTorchs[step], within(1e-4 * libTorchs[step]));
        }
    }

    private static double[] losses(String kernels) {
        System.setProperty(Kernels.PROPERTY, kernels);
        Examples examples = SmallTraining.examples(SIZE);
        double[] losses = new double[STEPS];
        try (VisionTransformer backbone = SmallTraining.backbone();
                Tuning tuning = new Tuning(
                        backbone, SmallTraining.spec(), examples.classNames().size(), 0);
                Trainer trainer = new Trainer(tuning, SmallTraining.settings(STEPS, AdamWSpec.DEFAULT));
                BatchSource source = Inputs.images(examples).batches(SIZE, 1, Device.CPU)) {
            for (int epoch = 0; epoch < STEPS; epoch++) {
                try (Batches batches = source.read(Order.shuffled(0, epoch, SIZE), epoch, 0);
                        PointerScope scope = new PointerScope()) {
                    losses[epoch] = trainer.step(epoch, 0, 1, batches.next()).loss();
                }
            }
        }
        return losses;
    }
}
