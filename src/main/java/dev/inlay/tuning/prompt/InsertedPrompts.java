package dev.inlay.tuning.prompt;

import dev.inlay.backbone.Noise;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.TokenFilling;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Prompts put among the tokens that enter a block, ordinary tokens from then on.
 *
 * @param prompts what is put in
 * @param at how many tokens stay in front of them
 */
record InsertedPrompts(Prompts prompts, int at) implements TokenFilling {
    @Override
    public int added() {
        return Math.toIntExact(prompts.values().size(1));
    }

    @Override
    public Tensor tokens(Tensor x, Noise noise) {
        Tensor inserted = prompts.context(noise); // (1 or B, p, D)
        return Tensors.cat(
                List.of(
                        x.narrow(1, 0, at),
                        inserted.expand(x.size(0), inserted.size(1), inserted.size(2)),
                        x.narrow(1, at, x.size(1) - at)),
                1); // (B, N + p, D)
    }
}
