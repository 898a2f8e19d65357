package dev.inlay.train.optim;

import dev.inlay.error.ConfigException;
import java.util.List;

/**
 * Stochastic gradient descent with PyTorch's momentum: g ← g + λ w, b ← μ b + g, w ← w − η b; with Nesterov's
 * w ← w − η (g + μ b) (Sutskever et al., 2013, in PyTorch's form).
 *
 * @param momentum μ in [0, 1); 0 for none
 * @param nesterov needs momentum
 */
public record SgdSpec(double momentum, boolean nesterov) implements OptimizerSpec {
    /**
     * @throws ConfigException if momentum is outside its range, or missing where Nesterov's needs it
     */
    public SgdSpec {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new ConfigException("momentum: expected 0 to below 1, found " + momentum);
        }
        if (nesterov && momentum == 0) {
            throw new ConfigException("nesterov: expected a momentum above 0 beside it, found 0");
        }
    }

    @Override
    public Optimizer over(List<ParameterGroup> groups) {
        return new Sgd(groups, this);
    }

    @Override
    public Decay decay() {
        return Decay.ON_GRADIENT;
    }
}
