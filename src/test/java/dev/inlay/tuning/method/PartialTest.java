package dev.inlay.tuning.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.error.ConfigException;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.SmallTuning;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class PartialTest {
    @Test
    void theGradientsAreThoseOfFullFineTuning() {
        Map<String, Tensor> io = Golden.tensors("spt_forward/io.safetensors");
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction();
                VisionTransformer vit = Golden.vit();
                Tuning partial = SmallTuning.of(vit, new Partial(2));
                Tuning full = SmallTuning.of(vit, new FullFineTuning())) {
            for (Tuning tuning : new Tuning[] {partial, full}) {
                torch.cross_entropy_loss(
                                tuning.head(tuning.features(io.get("images"), Dropout.NONE, 0)), io.get("labels"))
                        .backward();
            }
            assertThat(partial.trainables().keySet())
                    .contains("full.blocks.1.norm1.weight", "full.blocks.2.attn.k.weight", "full.norm.bias")
                    .noneMatch(name -> name.startsWith("full.blocks.0.") || name.startsWith("full.patch_embed"));
            partial.trainables().forEach((name, trainable) -> {
                Tensor whole = gradient(full, name.replaceFirst("\\.attn\\.[qkv]\\.", ".attn.qkv."));
                int third = name.contains(".attn.q.") ? 0 : name.contains(".attn.k.") ? 1 : 2;
                Tensor gradient = gradient(partial, name);
                long rows = gradient.size(0);
                Tensor expected = whole.size(0) == rows ? whole : whole.narrow(0, third * rows, rows);
                assertThat(Tensors.floats(gradient)).as(name).containsExactly(Tensors.floats(expected));
            });
            assertThat(partial.count(Role.BACKBONE)).isPositive();
        }
    }

    @Test
    void moreBlocksThanThereAreAreRefused() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            assertThatThrownBy(() -> SmallTuning.of(vit, new Partial(4)))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("method.blocks: golden has 3 blocks, found 4");
        }
    }

    private static Tensor gradient(Tuning tuning, String name) {
        return tuning.trainables().get(name).tensor().grad();
    }
}
