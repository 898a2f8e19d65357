package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class AdapterPlusTest {
    @Test
    void isTheFormulaBehindEveryBlock() {
        SmallTuning.disturbed(
                new AdapterPlus(5, 0.1, List.of()),
                (vit, tuning) ->
                        SmallTuning.assertComputes(vit, tuning, Set.of(HookPoint.Kind.BLOCK), (hookPoint, x, y) -> {
                            String name = "adapterPlus." + hookPoint.name();
                            return y.add(SmallTuning.affine(
                                            tuning,
                                            name + ".up",
                                            SmallTuning.gelu(SmallTuning.affine(tuning, name + ".down", y)))
                                    .mul(SmallTuning.exact(tuning, name + ".scale")));
                        }));
    }

    @Test
    void startsAsPublished() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, new AdapterPlus(8, 0, List.of()))) {
            tuning.trainables().forEach((name, trainable) -> {
                double[] values = Tensors.doubles(trainable.tensor());
                if (name.endsWith(".scale")) {
                    assertThat(values).as(name).containsOnly(1);
                } else if (name.startsWith("adapterPlus") && name.endsWith(".bias")) {
                    assertThat(values).as(name).containsOnly(0);
                } else if (name.startsWith("adapterPlus")) {
                    assertThat(Arrays.stream(values).map(Math::abs).max().orElseThrow())
                            .as(name)
                            .isBetween(0.018, 0.02 + 1e-9);
                    double meanSquare = Arrays.stream(values)
                            .map(value -> value * value)
                            .average()
                            .orElseThrow();
                    // the standard deviation of a normal distribution that is cut at two of its own
                    assertThat(Math.sqrt(meanSquare)).as(name).isCloseTo(0.01 * 0.8796, within(0.001));
                }
            });
        }
    }
}
