package dev.inlay.config;

import dev.inlay.data.ClassWeights;
import dev.inlay.data.LabelSpace.Kind;
import dev.inlay.data.loading.Sampling;
import dev.inlay.data.transform.Interpolation;
import dev.inlay.tuning.HeadInit;

/** Refuses what is defined for other labels only. */
final class LabelChecks {
    private LabelChecks() {}

    /** Notes every key that does not go with labels of a kind. */
    static void check(
            Section root, DataConfig data, MethodConfig method, SensitivityConfig sensitivity, TrainConfig train) {
        Kind labels = data.labels().kind();
        if (labels != Kind.MASKS && train.dice() > 0) {
            root.problem("train.dice", "compares the pixels of masks, and data.labels is " + labels + "; remove it");
        }
        if (labels == Kind.SINGLE) {
            return;
        }
        if (labels == Kind.MASKS) {
            checkMasks(root, data, method, sensitivity);
        }
        String given = "data.labels is " + labels;
        if (labels != Kind.MASKS && !train.classWeights().equals(ClassWeights.NONE)) {
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
        if (labels == Kind.MASKS && train.headInit() == HeadInit.PROBE) {
            root.problem("train.headInit", "a probe gives an image one class, and " + given + "; use small");
        }
        if ((labels == Kind.NUMBERS || labels == Kind.MASKS) && !train.mixup().isNone()) {
            root.problem(
                    "train." + (train.mixup().mixup() > 0 ? "mixup" : "cutmix"),
                    "mixes images of classes, and " + given + "; remove it");
        }
    }

    private static void checkMasks(Section root, DataConfig data, MethodConfig method, SensitivityConfig sensitivity) {
        if (!method.hasLinearHead()) {
            root.problem(
                    "method.type",
                    method.name()
                            + " has a head for whole images, and masks have the one of the key head; use another");
        }
        TransformConfig transform = data.transform();
        if (transform.resize() != TransformConfig.Resize.DIRECT) {
            root.problem(
                    "data.transform.resize",
                    "a mask is for the whole image, which direct resizes; use direct, and backbone.imageSize for the"
                            + " size");
        }
        if (transform.interpolation() == Interpolation.TF1) {
            root.problem("data.transform.interpolation", "images with masks have bicubic or bilinear, found tf1");
        }
        if (sensitivity.head() != SensitivityConfig.Head.RANDOM) {
            root.problem("sensitivity.head", "of masks only random is there; remove it");
        }
    }
}
