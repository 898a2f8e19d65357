package dev.inlay.config;

import dev.inlay.data.LabelSpace;

/**
 * How images are divided that come without a division.
 *
 * @param validation share for validation, in [0, 1)
 * @param test share for test, in [0, 1); validation + test is below 1
 * @param stratify whether every split has its share of every class
 * @param folds K of K-fold cross-validation; 0 for none
 * @param fold which fold a run tests on, in [1, folds]; 0 for a run on each
 */
public record SplitConfig(double validation, double test, boolean stratify, int folds, int fold) {
    private static final int MAX_FOLDS = 1000;

    /**
     * Reads {@code data.split}.
     *
     * @param labels what other kinds than single classes have no strata and no pooled folds for
     */
    static SplitConfig read(Section section, LabelSpace.Kind labels) {
        Section split = section.section("split");
        boolean single = labels == LabelSpace.Kind.SINGLE;
        SplitConfig config = new SplitConfig(
                split.number("validation", 0.1, 0.0, 0.99),
                split.number("test", 0.2, 0.0, 0.99),
                split.flag("stratify", single),
                split.integer("folds", 0, 0, MAX_FOLDS),
                split.integer("fold", 0, 0, MAX_FOLDS));
        split.end();
        if (!single && config.stratify) {
            split.problem(
                    "stratify",
                    "divides within each class, and with data.labels: " + labels
                            + " images have not one each; leave it out, or give a column split");
        }
        if (!single && config.folds > 0) {
            split.problem(
                    "folds",
                    "pools predictions of single classes, and data.labels is " + labels
                            + "; leave it out, and run one config for each division");
        }
        if (config.folds == 1) {
            split.problem("folds", "one fold would leave nothing to train on; have at least 2, or 0 for none");
        } else if (config.fold > config.folds) {
            split.problem(
                    "fold",
                    config.folds == 0
                            ? "there are no folds; set data.split.folds, too"
                            : "expected 1 to data.split.folds, which is " + config.folds + ", or 0 for all, found "
                                    + config.fold);
        }
        double held = config.validation + (config.folds > 1 ? 1.0 / config.folds : config.test);
        if (held >= 1) {
            section.problem(
                    "split",
                    "validation + " + (config.folds > 1 ? "a fold" : "test") + " is " + held
                            + "; nothing is left to train on");
        }
        return config;
    }

    /** Whether a run is one on each fold. */
    boolean isCrossValidation() {
        return folds > 1 && fold == 0;
    }
}
