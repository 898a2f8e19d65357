package dev.inlay.tuning;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Filling;
import dev.inlay.backbone.Noise;
import dev.inlay.backbone.Pass;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Leaves a pass as it is and notes whether it came to anything that is filled, to find where a pass is first changed. */
final class FirstTouch implements Filling {
    private final Fillings fillings;
    private boolean happened;

    private FirstTouch(Fillings fillings) {
        this.fillings = fillings;
    }

    /** How many steps of the backbone's pass come before it; found by one bare pass over an empty image. */
    static int stepsBefore(Backbone backbone, Fillings fillings) {
        if (fillings.changesImages()) {
            return 0;
        }
        FirstTouch touch = new FirstTouch(fillings);
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
        happened |= fillings.fills(name);
        return base;
    }

    @Override
    public Tensor output(String place, Tensor x, Tensor y, Noise noise) {
        happened |= fillings.changesOutput(place);
        return y;
    }

    @Override
    public Tensor tokens(int block, Tensor x, Noise noise) {
        happened |= fillings.changesTokens(block);
        return x;
    }

    @Override
    public Optional<Tensor> context(int block, Noise noise) {
        happened |= fillings.hasContext(block);
        return Optional.empty();
    }

    @Override
    public Tensor pooled(Tensor x, Tensor own) {
        happened |= fillings.poolsOthers();
        return own;
    }
}
