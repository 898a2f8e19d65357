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
}
