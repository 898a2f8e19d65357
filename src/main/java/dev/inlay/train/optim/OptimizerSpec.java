package dev.inlay.train.optim;

import java.util.List;

/** The choice of an optimiser and of its constants, as a value. */
public sealed interface OptimizerSpec permits AdamWSpec, SgdSpec {
    /**
     * An optimiser with fresh state.
     *
     * @param groups together without two parameters of one name
     * @throws IllegalArgumentException if a name occurs twice
     */
    Optimizer over(List<ParameterGroup> groups);

    /** Where weight decay acts in a step. */
    Decay decay();

    /** The places in a step where weight decay, λ at the learning rate η, can act on a weight w. */
    enum Decay {
        /** g ← g + λ w, before anything else. */
        ON_GRADIENT,
        /** w ← (1 − η λ) w, before w moves. */
        BEFORE_MOVE,
        /** w ← (1 − η λ) w, after w has moved. */
        AFTER_MOVE
    }
}
