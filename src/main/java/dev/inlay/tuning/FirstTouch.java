package dev.inlay.tuning;

import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Leaves a pass as it is and notes whether it came to anything that is filled. */
final class FirstTouch implements Filling {
    private final Fillings fillings;
    private boolean happened;

    FirstTouch(Fillings fillings) {
        this.fillings = fillings;
    }

    boolean happened() {
        return happened;
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        happened |= fillings.fills(name);
        return base;
    }

    @Override
    public Tensor output(String place, Tensor x, Tensor y, Noise noise) {
        happened |= fillings.outputs.containsKey(place);
        return y;
    }

    @Override
    public Tensor tokens(int block, Tensor x, Noise noise) {
        happened |= fillings.tokens.containsKey(block);
        return x;
    }

    @Override
    public Optional<Tensor> context(int block, Noise noise) {
        happened |= fillings.contexts.containsKey(block);
        return Optional.empty();
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        happened |= fillings.pool.isPresent();
        return own;
    }
}
