package dev.inlay.tuning.method;

import dev.inlay.backbone.DelegatingHooks;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Deep prompts as the paper states them: what another hooks gives a block as context enters it as ordinary tokens behind
 * the class token, and is taken out again in front of the next block or before the read-out.
 */
public final class PlainForm extends DelegatingHooks {
    private static final int FRONT = 1;

    private final long[] inserted;

    /**
     * @param hooks borrowed
     * @param depth blocks of the backbone
     */
    public PlainForm(ForwardHooks hooks, int depth) {
        super(hooks);
        this.inserted = new long[depth];
        for (int i = 0; i < depth; i++) {
            try (PointerScope scope = new PointerScope()) {
                inserted[i] = hooks.context(i, Dropout.NONE).map(c -> c.size(1)).orElse(0L);
            }
        }
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        Tensor entering = super.tokens(block, block == 0 ? x : without(x, inserted[block - 1]), dropout);
        return super.context(block, dropout)
                .map(prompts -> Tensors.cat(
                        List.of(
                                entering.narrow(1, 0, FRONT),
                                prompts.expand(entering.size(0), prompts.size(1), prompts.size(2)),
                                behind(entering, FRONT)),
                        1))
                .orElse(entering);
    }

    @Override
    public Optional<Tensor> context(int block, Dropout dropout) {
        return Optional.empty();
    }

    @Override
    public boolean readsOthers() {
        return true;
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        return super.pooled(without(x, inserted[inserted.length - 1]), own);
    }

    private static Tensor without(Tensor x, long prompts) {
        return prompts == 0 ? x : Tensors.cat(List.of(x.narrow(1, 0, FRONT), behind(x, FRONT + prompts)), 1);
    }

    private static Tensor behind(Tensor x, long first) {
        return x.narrow(1, first, x.size(1) - first);
    }
}
