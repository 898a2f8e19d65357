package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Leaves a pass as it is and notes whether it came to anything that is filled, to find where a pass is first changed. */
final class FirstModifiedStep implements ForwardHooks {
    private final AttachedHooks hooks;
    private boolean happened;

    private FirstModifiedStep(AttachedHooks hooks) {
        this.hooks = hooks;
    }

    /** How many steps of the backbone's pass come before it; found by one bare pass over an empty image. */
    static int stepsBefore(Backbone backbone, AttachedHooks hooks) {
        if (hooks.changesImages()) {
            return 0;
        }
        FirstModifiedStep touch = new FirstModifiedStep(hooks);
        Pass pass = Pass.evaluation(touch);
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor x = backbone.device().zeros(1, 3, backbone.height(), backbone.width());
            for (int step = 0; step < backbone.steps(); step++) {
                x = backbone.run(x, step, step + 1, pass);
                if (touch.happened) {
                    return step;
                }
            }
            return backbone.steps();
        }
    }

    @Override
    public Tensor parameter(String name, Tensor base) {
        happened |= hooks.modifies(name);
        return base;
    }

    @Override
    public Tensor output(String place, Tensor x, Tensor y, Dropout dropout) {
        happened |= hooks.changesOutput(place);
        return y;
    }

    @Override
    public Tensor tokens(int block, Tensor x, Dropout dropout) {
        happened |= hooks.changesTokens(block);
        return x;
    }

    @Override
    public Optional<Tensor> context(int block, Dropout dropout) {
        happened |= hooks.hasContext(block);
        return Optional.empty();
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        happened |= hooks.poolsAnew();
        return own;
    }
}
