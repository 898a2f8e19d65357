package dev.inlay.config;

import dev.inlay.data.ClassWeights;
import dev.inlay.data.loading.Sampling;
import dev.inlay.tuning.HeadInit;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Stage 2: how what is tuned learns.
 *
 * @param epochs passes over the training images
 * @param batchSize images computed at once; the last batch of an epoch may be smaller
 * @param accumulate batches whose gradients are added up for a step of the optimiser
 * @param evaluationBatchSize images per batch of evaluation
 * @param optimizer the rule of a step
 * @param learningRate peak learning rate
 * @param scaleLearningRate whether {@code learningRate} and the rates beside it are those of steps of 256 images
 * @param weightDecay decoupled for AdamW
 * @param decay what {@code weightDecay} acts on
 * @param momentum of SGD, in [0, 1); AdamW ignores it
 * @param nesterov whether SGD's momentum looks ahead
 * @param schedule how the learning rate moves
 * @param warmupEpochs epochs of linear warm-up, at most {@code epochs}
 * @param warmupLearningRate where the warm-up starts
 * @param minLearningRate where the cosine ends
 * @param advance whether the schedule moves with every step or every epoch
 * @param loraPlus ratio of the learning rates of LoRA's matrices B and A
 * @param headLearningRateFactor what the learning rate is multiplied by for the head
 * @param layerDecay what it is multiplied by once more for every layer further from the head
 * @param clipNorm bound on the norm of the whole gradient; 0 for none
 * @param sampling which images an epoch visits
 * @param augRepeats how often an epoch visits an image in a row, augmented anew each time; 0 as 1
 * @param labelSmoothing share of each label spread over all classes, in [0, 1)
 * @param classWeights how much an image, or a pixel of a mask, counts in the loss, by its class
 * @param dice what the Dice loss of masks is multiplied by before it is added to the cross-entropy; 0 to leave it out
 * @param mixup how images and labels of a batch are mixed
 * @param evaluateEvery epochs between evaluations; the last epoch is always evaluated
 * @param withValidation whether the final training learns from the validation images, too, so that they judge nothing
 * @param ema decay of the moving average of what is trained, in [0, 1); 0 for none
 * @param emaWarmup whether the average starts with smaller decays
 * @param select which epoch's parameters the result has
 * @param patience training ends after so many epochs without a better one on validation; 0 for never
 * @param calibrate whether a temperature for the probabilities is fitted on the validation images
 * @param testCurve whether the test split is evaluated with the validation split, not only at the end
 * @param cacheMegabytes bound on what is kept of the blocks below the first tuned parameter, in MiB; 0 keeps nothing
 * @param memory what is kept for the gradient
 * @param precision of the products of a step
 * @param headInit how the head's last layer starts
 * @param journal how often the run is saved
 */
public record TrainConfig(
        int epochs,
        int batchSize,
        int accumulate,
        int evaluationBatchSize,
        Optimizer optimizer,
        double learningRate,
        boolean scaleLearningRate,
        double weightDecay,
        Decay decay,
        double momentum,
        boolean nesterov,
        Schedule schedule,
        int warmupEpochs,
        double warmupLearningRate,
        double minLearningRate,
        Advance advance,
        double loraPlus,
        double headLearningRateFactor,
        double layerDecay,
        double clipNorm,
        Sampling sampling,
        int augRepeats,
        double labelSmoothing,
        ClassWeights classWeights,
        double dice,
        Mixup mixup,
        int evaluateEvery,
        boolean withValidation,
        double ema,
        boolean emaWarmup,
        Select select,
        int patience,
        boolean calibrate,
        boolean testCurve,
        int cacheMegabytes,
        Memory memory,
        PrecisionChoice precision,
        HeadInit headInit,
        Journal journal) {
    /** The batch that a scaled learning rate is for. */
    public static final int SCALE_BATCH = 256;

    private static final int MAX_IMAGES = 1_000_000;
    private static final double MAX_ALPHA = 1000;

    /** The rule of an optimiser step. */
    public enum Optimizer {
        /** Loshchilov and Hutter, 2019; betas 0.9 and 0.999, epsilon 1e-8. */
        ADAMW,
        /** As VPT's code has it: epsilon 1e-6 outside of the bias correction, decay after the step. */
        ADAMW_VPT,
        /** Stochastic gradient descent with momentum. */
        SGD
    }

    /** What weight decay acts on. */
    public enum Decay {
        /** Matrices: no vectors, no individual weights, no tokens. */
        MATRICES,
        /** Everything but biases. */
        ALL_BUT_BIASES,
        /** Everything but the bias of the head's last layer. */
        ALL_BUT_HEAD_BIAS
    }

    /** Which epoch's parameters the result has. */
    public enum Select {
        /** The last one's. */
        LAST,
        /** Those of the one with the best top-1 on validation, of equals the lowest loss there; the start is one, too. */
        BEST
    }

    /** Weights of classes that have a name. */
    private enum NamedWeights {
        NONE,
        BALANCED
    }

    /** What a step keeps for the gradient. */
    public enum Memory {
        /** What LibTorch needs. */
        PLAIN,
        /** What enters each block; the blocks are computed again. */
        RECOMPUTE
    }

    /** How the learning rate moves after the warm-up. */
    public enum Schedule {
        /** Half a cosine down to {@code minLearningRate}. */
        COSINE,
        /** Not at all. */
        CONSTANT,
        /** The cosine of SPT's code: per epoch, one epoch late, its clock running during the warm-up. */
        SPT
    }

    /** What moves the schedule. */
    public enum Advance {
        /** Every optimiser step. */
        STEP,
        /** Every epoch. */
        EPOCH
    }

    /**
     * How often the run is saved while it trains, besides the end of each epoch that is not within a second of
     * the save before: when either has passed.
     *
     * @param everySeconds at most this many seconds apart; 0 for no such bound
     * @param everySteps at most this many steps apart; 0 for no such bound
     */
    public record Journal(double everySeconds, int everySteps) {}

    /**
     * How images and labels of a batch are mixed, under timm's names.
     *
     * @param mixup alpha of mixup; 0 for none
     * @param cutmix alpha of CutMix; 0 for none
     * @param prob probability that a batch is mixed
     * @param switchProb probability of CutMix where both are on
     * @param offEpoch the first epoch, from 0, that is not mixed; 0 if all are
     */
    public record Mixup(double mixup, double cutmix, double prob, double switchProb, int offEpoch) {
        /** True if no batch is ever mixed. */
        public boolean isNone() {
            return mixup == 0 && cutmix == 0 || prob == 0;
        }
    }

    /** What a learning rate of the config is multiplied by. */
    public double learningRateScale() {
        return scaleLearningRate ? (double) batchSize * accumulate / SCALE_BATCH : 1;
    }

    /**
     * @param precision the default of that key
     * @param headInit the default of that key
     */
    static TrainConfig read(
            Section section, Recipe recipe, Compat compat, PrecisionChoice precision, HeadInit headInit) {
        boolean spt = recipe == Recipe.SPT;
        boolean vpt = recipe == Recipe.VPT;
        boolean published = spt || vpt;
        int epochs = section.integer("epochs", published ? 100 : 20, 1, 1_000_000);
        int batchSize = section.integer("batchSize", 64, 1, MAX_IMAGES);
        int accumulate = section.integer("accumulate", 1, 1, MAX_IMAGES / batchSize);
        int evaluationBatchSize = section.integer("evaluationBatchSize", 128, 1, 1_000_000);
        Optimizer optimizer = section.choice("optimizer", vpt ? Optimizer.SGD : Optimizer.ADAMW);
        double learningRate = section.number("learningRate", vpt ? 1.0 : 1e-3, 1e-12, 1e6);
        boolean scaleLearningRate = section.flag("scaleLearningRate", vpt);
        double weightDecay = section.number("weightDecay", vpt ? 1e-3 : 1e-4, 0.0, 1e6);
        Decay decay = section.choice("decay", vpt ? Decay.ALL_BUT_HEAD_BIAS : Decay.MATRICES);
        double momentum = section.number("momentum", 0.9, 0.0, 0.9999);
        boolean nesterov = section.flag("nesterov", !vpt);
        Schedule schedule = section.choice("schedule", spt ? Schedule.SPT : Schedule.COSINE);
        int warmupEpochs = section.integer("warmupEpochs", Math.min(published ? 10 : 1, epochs), 0, epochs);
        double warmupLearningRate = section.number("warmupLearningRate", vpt ? 0.0 : 1e-6, 0.0, 1e6);
        double minLearningRate = section.number("minLearningRate", spt ? 1e-5 : 0.0, 0.0, 1e6);
        boolean perEpoch = vpt || schedule == Schedule.SPT;
        Advance advance = section.choice("advance", perEpoch ? Advance.EPOCH : Advance.STEP);
        if (schedule == Schedule.SPT && advance == Advance.STEP) {
            section.problem("advance", "schedule: spt moves every epoch; use advance: epoch or schedule: cosine");
        }
        boolean withValidation = section.flag("withValidation", published || compat == Compat.SEED);
        Select select = section.choice("select", Select.LAST);
        int patience = section.integer("patience", 0, 0, 1_000_000);
        if (withValidation && select == Select.BEST) {
            section.problem(
                    "select",
                    "best is chosen on the validation images, from which train.withValidation: true"
                            + " learns; use train.withValidation: false or select: last");
        }
        if (withValidation && patience > 0) {
            section.problem(
                    "patience",
                    "waits for the validation accuracy to rise, but train.withValidation: true"
                            + " learns from these images; use train.withValidation: false or patience: 0");
        }
        double ema = section.number("ema", 0.0, 0.0, 0.999999);
        boolean emaWarmup = section.flag("emaWarmup", false);
        if (emaWarmup && ema == 0) {
            section.problem(
                    "emaWarmup", "is of the average that train.ema makes, which is 0; set train.ema, such as 0.999");
        }
        boolean calibrate = section.flag("calibrate", false);
        if (withValidation && calibrate) {
            section.problem(
                    "calibrate",
                    "fits a temperature on the validation images, from which train.withValidation: true"
                            + " learns; use train.withValidation: false or calibrate: false");
        }
        Sampling sampling = section.choice("sampling", Sampling.SHUFFLED);
        ClassWeights classWeights = classWeights(section);
        if (sampling == Sampling.BALANCED && classWeights.balanced()) {
            section.problem(
                    "sampling",
                    "balanced and classWeights: balanced each have all classes count alike, and together small classes"
                            + " count more than large ones; use one of them");
        }
        Mixup mixup = new Mixup(
                section.number("mixup", 0.0, 0.0, MAX_ALPHA),
                section.number("cutmix", 0.0, 0.0, MAX_ALPHA),
                section.number("mixupProb", 1.0, 0.0, 1.0),
                section.number("mixupSwitchProb", 0.5, 0.0, 1.0),
                section.integer("mixupOffEpoch", 0, 0, 1_000_000));
        if (!mixup.isNone() && batchSize == 1) {
            section.problem(
                    "batchSize",
                    "train.mixup and train.cutmix mix images of one batch, which need at least 2; found 1");
        }
        TrainConfig config = new TrainConfig(
                epochs,
                batchSize,
                accumulate,
                evaluationBatchSize,
                optimizer,
                learningRate,
                scaleLearningRate,
                weightDecay,
                decay,
                momentum,
                nesterov,
                schedule,
                warmupEpochs,
                warmupLearningRate,
                minLearningRate,
                advance,
                section.number("loraPlus", 1.0, 1.0, 1e6),
                section.number("headLearningRateFactor", 1.0, 0.0, 1e6),
                section.number("layerDecay", 1.0, 1e-3, 1.0),
                section.number("clipNorm", 0.0, 0.0, 1e9),
                sampling,
                section.integer("augRepeats", 0, 0, 100),
                section.number("labelSmoothing", 0.0, 0.0, 0.99),
                classWeights,
                section.number("dice", 0.0, 0.0, 1000.0),
                mixup,
                section.integer("evaluateEvery", published ? 10 : 1, 1, 1_000_000),
                withValidation,
                ema,
                emaWarmup,
                select,
                patience,
                calibrate,
                section.flag("testCurve", published),
                section.integer("cacheMegabytes", 2048, 0, Integer.MAX_VALUE),
                section.choice("memory", Memory.PLAIN),
                PrecisionChoice.read(section, precision),
                section.choice("headInit", headInit),
                journal(section.section("journal")));
        section.end();
        return config;
    }

    /** A word, or a section from names of classes to weights. */
    private static ClassWeights classWeights(Section section) {
        String key = "classWeights";
        if (!section.isSection(key)) {
            return section.choice(key, NamedWeights.NONE) == NamedWeights.NONE
                    ? ClassWeights.NONE
                    : ClassWeights.BALANCED;
        }
        Map<String, Double> weights = new LinkedHashMap<>();
        Section named = section.section(key);
        named.names().forEach(name -> weights.put(name, named.number(name, 1.0, 1e-6, 1e6)));
        return ClassWeights.named(weights);
    }

    private static Journal journal(Section section) {
        Journal journal = new Journal(
                section.number("everySeconds", 60.0, 0.0, 1e6), section.integer("everySteps", 0, 0, 1_000_000_000));
        section.end();
        return journal;
    }
}
