package dev.inlay.backbone.vit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.TokenGrid;
import dev.inlay.golden.Golden;
import dev.inlay.tensor.Tensors;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What leaves each block against {@code golden/vit_forward}, and the order of the tunable parameters. */
class VisionTransformerGoldenTest {
    private static final Pass ALL_TOKENS = Pass.evaluation(new ForwardHooks() {
        @Override
        public boolean readsOthers() {
            return true;
        }
    });

    private final JsonNode tolerance = Golden.json("vit_forward/meta.json").get("tolerance");

    @Test
    void tokensBlocksAndLogitsMatch() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> io = Golden.tensors("vit_forward/io.safetensors");
            Map<String, Tensor> weights = Golden.tensors("vit_forward/weights.safetensors");
            Tensor x = vit.embed(io.get("images"), ALL_TOKENS);
            Golden.assertClose("embed", x, io.get("embed"), tolerance.get("forward"));
            for (int i = 0; i < vit.depth(); i++) {
                x = vit.block(i, x, ALL_TOKENS);
                Golden.assertClose("block " + i, x, io.get("blocks." + i), tolerance.get("forward"));
            }
            Tensor features = vit.readout(x, Pass.BARE);
            Golden.assertClose("norm", features, io.get("norm").select(1, 0), tolerance.get("forward"));
            Tensor logits = torch.linear(features, weights.get("head.weight"), weights.get("head.bias"));
            Golden.assertClose("logits", logits, io.get("logits"), tolerance.get("forward"));
        }
    }

    @Test
    void onlyTheClassTokenLeavesTheLastBlock() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            Map<String, Tensor> io = Golden.tensors("vit_forward/io.safetensors");
            Tensor last = vit.run(io.get("images"), 0, vit.steps() - 1, Pass.BARE);
            Tensor all = io.get("blocks." + (vit.depth() - 1));
            Golden.assertClose("last block", last, all.narrow(1, 0, 1), tolerance.get("forward"));
        }
    }

    @Test
    void sitesCoverEveryParameterInTimmOrder() {
        try (VisionTransformer vit = Golden.vit()) {
            assertThat(vit.tunableParameters().stream().map(tunable -> tunable.name()))
                    .containsExactlyElementsOf(Golden.names("spt_sensitivity/meta.json", "order").stream()
                            .filter(name -> !name.startsWith("head."))
                            .toList());
            assertThat(vit.tunableParameters().stream()
                            .mapToLong(tunable -> tunable.size())
                            .sum())
                    .isEqualTo(vit.parameterCount());
            assertThat(Tensors.shapeOf(vit.parameters().get("blocks.0.attn.qkv.weight")))
                    .containsExactly(144L, 48L);
        }
    }

    @Test
    void theGridIsThatOfTheImagesPatches() {
        try (PointerScope scope = new PointerScope();
                VisionTransformer vit = Golden.vit()) {
            TokenGrid grid = vit.grid(0);
            assertThat(grid).isEqualTo(new TokenGrid(1, 3, 4));
            Tensor images = Golden.tensors("vit_forward/io.safetensors").get("images");
            assertThat(vit.embed(images, Pass.BARE).size(1)).isEqualTo(grid.tokens());
        }
    }
}
