package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.HookPoint;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.Ssf.Init;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class SsfTest {
    @Test
    void isTheFormulaBehindEveryPlaceWithWeights() {
        SmallTuning.disturbed(
                new Ssf(Init.IDENTITY, List.of(), List.of()),
                (vit, tuning) -> SmallTuning.assertComputes(
                        vit,
                        tuning,
                        Set.of(HookPoint.Kind.PATCHES, HookPoint.Kind.NORM, HookPoint.Kind.LINEAR),
                        (hookPoint, x, y) -> y.mul(SmallTuning.exact(tuning, "ssf." + hookPoint.name() + ".scale"))
                                .add(SmallTuning.exact(tuning, "ssf." + hookPoint.name() + ".shift"))));
    }

    @Test
    void thePublishedStartIsRandomAroundOneAndZero() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning tuning = SmallTuning.of(vit, new Ssf(Init.RANDOM, List.of(), List.of()))) {
            for (String suffix : List.of(".scale", ".shift")) {
                double mean = suffix.equals(".scale") ? 1 : 0;
                double[] off = tuning.trainables().values().stream()
                        .filter(trainable -> trainable.name().endsWith(suffix))
                        .flatMapToDouble(trainable -> Arrays.stream(Tensors.doubles(trainable.tensor())))
                        .map(value -> value - mean)
                        .toArray();
                assertThat(Arrays.stream(off).average().orElseThrow()).isCloseTo(0, within(0.002));
                assertThat(Math.sqrt(Arrays.stream(off)
                                .map(value -> value * value)
                                .average()
                                .orElseThrow()))
                        .isCloseTo(0.02, within(0.002));
            }
        }
    }

    @Test
    void operationsAndBlocksChooseThePlaces() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Ssf some = new Ssf(Init.IDENTITY, List.of("norm1", "mlp.fc2"), List.of(1));
            try (Tuning tuning = SmallTuning.of(vit, some)) {
                assertThat(tuning.trainables().keySet())
                        .containsExactly(
                                "ssf.blocks.1.norm1.scale",
                                "ssf.blocks.1.norm1.shift",
                                "ssf.blocks.1.mlp.fc2.scale",
                                "ssf.blocks.1.mlp.fc2.shift",
                                "head.weight",
                                "head.bias");
            }
            assertThatThrownBy(() -> SmallTuning.of(vit, new Ssf(Init.IDENTITY, List.of("patch_embed"), List.of(1))))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("none of method.operations [patch_embed] is in method.blocks [1]");
            assertThatThrownBy(() -> SmallTuning.of(vit, new Ssf(Init.IDENTITY, List.of("mlp.fc3"), List.of())))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("golden has no mlp.fc3; it has attn.k, attn.proj,");
        }
    }
}
