package dev.inlay.config;

import dev.inlay.data.ClassWeights;
import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.data.loading.Sampling;

/** Refuses what is defined for other labels only. */
final class LabelChecks {
    private LabelChecks() {}

    /** Notes every key that does not go with labels of a kind. */
    static void check(Section root, Kind labels, MethodConfig method, TrainConfig train) {
        if (labels == Kind.SINGLE) {
            return;
        }
        String given = "data.labels is " + labels;
        if (!train.classWeights().equals(ClassWeights.NONE)) {
            root.problem(ClassWeights.KEY, "weighs an image by its one class, and " + given + "; remove it");
        }
        if (train.sampling() != Sampling.SHUFFLED) {
            root.problem("train.sampling", "balanced draws images by their one class, and " + given + "; use shuffled");
        }
        if (train.calibrate()) {
            root.problem(
                    "train.calibrate",
                    "fits a temperature of the softmax over classes, and " + given + "; remove it"
                            + (labels == Kind.MULTI
                                    ? " (thresholds are fitted on the validation images without it)"
                                    : ""));
        }
        if (method instanceof MethodConfig.Spt spt && spt.firstBlock() instanceof FirstBlock.Auto) {
            root.problem(
                    "method.firstBlock",
                    "auto compares accuracies within their standard error, and " + given
                            + "; give the number of a block");
        }
        if (labels == Kind.NUMBERS && train.labelSmoothing() > 0) {
            root.problem("train.labelSmoothing", "smooths over classes, and " + given + "; remove it");
        }
        if (labels == Kind.NUMBERS && !train.mixup().isNone()) {
            root.problem(
                    "train." + (train.mixup().mixup() > 0 ? "mixup" : "cutmix"),
                    "mixes images of classes, and " + given + "; remove it");
        }
    }
}
