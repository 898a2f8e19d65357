package dev.inlay.train.probe;

import java.util.List;

/**
 * A fitted linear probe.
 *
 * @param head fitted to the training and the validation examples together with {@code strength}
 * @param trainHead fitted to the training examples alone with {@code strength}
 * @param strength λ, the regularisation chosen on the validation examples
 * @param convergence of {@code head}
 * @param trials what the choice was made from: heads fitted to the training examples alone, strongest first
 */
public record ProbeResult(
        LinearHead head, LinearHead trainHead, double strength, Convergence convergence, List<Trial> trials) {
    /** Copies the list. */
    public ProbeResult {
        trials = List.copyOf(trials);
    }

    /**
     * One regularisation tried.
     *
     * @param strength λ
     * @param validationTop1 accuracy on the validation examples, in [0, 1]
     * @param convergence of the head fitted to the training examples
     */
    public record Trial(double strength, double validationTop1, Convergence convergence) {}
}
