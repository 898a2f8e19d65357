package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Dropout;
import dev.inlay.tuning.AttachedHooks;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * With whom images of a tuning can be computed: what each step of the pass does to the number of tokens, and where it needs
 * matrices, filters, images or a read-out of its own. Images can be together in a step as long as their routes are equal
 * up to and with it.
 *
 * @param steps one for each step of the pass
 */
record BatchKey(List<StepKey> steps) {
    /**
     * What keeps images apart in one step.
     *
     * @param added tokens that are put in
     * @param context further keys and values
     * @param owner whose images alone can be in the step; null if it is anybody's
     */
    record StepKey(int added, int context, AttachedHooks owner) {
        @Override
        public boolean equals(Object other) {
            return other instanceof StepKey turn
                    && turn.added == added
                    && turn.context == context
                    && turn.owner == owner;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * added + context) + System.identityHashCode(owner);
        }
    }

    static BatchKey of(AttachedHooks hooks) {
        Backbone backbone = hooks.running();
        List<StepKey> turns = new ArrayList<>();
        for (int step = 0; step < backbone.steps(); step++) {
            int block = step - 1;
            turns.add(new StepKey(hooks.addedTokens(block), context(hooks, block), null));
        }
        if (hooks.changesImages()) {
            own(turns, 0, hooks);
        }
        if (hooks.readsOthers()) {
            own(turns, turns.size() - 1, hooks);
        }
        backbone.tunableParameters().stream()
                .filter(tunable -> !tunable.variesByImage() && hooks.replaces(tunable))
                .forEach(tunable -> own(turns, backbone.step(tunable), hooks));
        return new BatchKey(List.copyOf(turns));
    }

    private static void own(List<StepKey> turns, int step, AttachedHooks hooks) {
        StepKey turn = turns.get(step);
        turns.set(step, new StepKey(turn.added, turn.context, hooks));
    }

    private static int context(AttachedHooks hooks, int block) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return hooks.context(block, Dropout.NONE)
                    .map(tokens -> Math.toIntExact(tokens.size(1)))
                    .orElse(0);
        }
    }

    /** Whether a step before the read-out is the tuning's own. */
    boolean isOwn() {
        return steps.subList(0, steps.size() - 1).stream().anyMatch(turn -> turn.owner != null);
    }
}
