package dev.inlay.tuning.mixed;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Noise;
import dev.inlay.tuning.Fillings;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * With whom images of a tuning can be computed: what each step of the pass does to the number of tokens, and where it needs
 * matrices, filters, images or a read-out of its own. Images can be together in a step as long as their routes are equal
 * up to and with it.
 *
 * @param turns one for each step of the pass
 */
record Route(List<Turn> turns) {
    /**
     * What keeps images apart in one step.
     *
     * @param added tokens that are put in
     * @param context further keys and values
     * @param owner whose images alone can be in the step; null if it is anybody's
     */
    record Turn(int added, int context, Fillings owner) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Turn turn && turn.added == added && turn.context == context && turn.owner == owner;
        }

        @Override
        public int hashCode() {
            return 31 * (31 * added + context) + System.identityHashCode(owner);
        }
    }

    static Route of(Fillings fillings) {
        Backbone backbone = fillings.running();
        List<Turn> turns = new ArrayList<>();
        for (int step = 0; step < backbone.steps(); step++) {
            int block = step - 1;
            turns.add(new Turn(fillings.addedTokens(block), context(fillings, block), null));
        }
        if (fillings.changesImages()) {
            own(turns, 0, fillings);
        }
        if (fillings.poolsOthers()) {
            own(turns, turns.size() - 1, fillings);
        }
        backbone.sites().stream()
                .filter(site -> !site.variesByImage() && fillings.replaces(site))
                .forEach(site -> own(turns, backbone.step(site), fillings));
        return new Route(List.copyOf(turns));
    }

    private static void own(List<Turn> turns, int step, Fillings fillings) {
        Turn turn = turns.get(step);
        turns.set(step, new Turn(turn.added, turn.context, fillings));
    }

    private static int context(Fillings fillings, int block) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            return fillings.context(block, Noise.NONE)
                    .map(tokens -> Math.toIntExact(tokens.size(1)))
                    .orElse(0);
        }
    }

    /** Whether a step before the read-out is the tuning's own. */
    boolean isOwn() {
        return turns.subList(0, turns.size() - 1).stream().anyMatch(turn -> turn.owner != null);
    }
}
