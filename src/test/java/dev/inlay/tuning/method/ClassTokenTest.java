package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

class ClassTokenTest {
    private static final String NAME = "full.cls_token";

    @Test
    void startsFromTheBackbonesOrNearZero() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit();
                Tuning kept = SmallTuning.of(vit, new ClassToken(false));
                Tuning fresh = SmallTuning.of(vit, new ClassToken(true))) {
            assertThat(values(kept))
                    .containsExactly(Tensors.floats(vit.parameters().get("cls_token")));
            float[] drawn = values(fresh);
            double meanSquare = 0;
            for (float value : drawn) {
                meanSquare += (double) value * value / drawn.length;
            }
            assertThat(Math.sqrt(meanSquare)).isBetween(0.5e-6, 2e-6);
            assertThat(fresh.count(Role.CLASS_TOKEN)).isEqualTo(vit.embedDim());
            assertThat(fresh.trainables().keySet()).containsExactly(NAME, "head.weight", "head.bias");
        }
    }

    private static float[] values(Tuning tuning) {
        return Tensors.floats(tuning.trainables().get(NAME).tensor());
    }
}
