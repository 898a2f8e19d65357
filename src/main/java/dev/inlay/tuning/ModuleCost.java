package dev.inlay.tuning;

/** How many parameters a module adds to a linear site. */
@FunctionalInterface
public interface ModuleCost {
    /**
     * @param outFeatures rows of the site's weight
     * @param inFeatures columns of the site's weight
     * @param rank inner width of the module
     * @return trainable parameters, at least 1
     */
    long parameters(int outFeatures, int inFeatures, int rank);
}
