package dev.inlay.config;

import java.util.List;

/**
 * Stage 2: how what is tuned learns.
 *
 * @param epochs passes over the training images
 * @param batchSize images per step; the last batch of an epoch may be smaller
 * @param evaluationBatchSize images per batch of evaluation
 * @param optimizer the rule of a step
 * @param learningRate peak learning rate
 * @param weightDecay decoupled for AdamW; vectors, sparse weights and the class token do not decay
 * @param momentum of SGD (Nesterov), in [0, 1); AdamW ignores it
 * @param schedule how the learning rate moves
 * @param warmupEpochs epochs of linear warm-up, at most {@code epochs}
 * @param warmupLearningRate where the warm-up starts
 * @param minLearningRate where the cosine ends
 * @param advance whether the schedule moves with every step or every epoch
 * @param clipNorm bound on the norm of the whole gradient; 0 for none
 * @param labelSmoothing share of each label spread over all classes, in [0, 1)
 * @param evaluateEvery epochs between evaluations; the last epoch is always evaluated
 * @param withValidation whether the final training uses the validation images too
 * @param search settings tried on the validation images first
 * @param journal how often the run is saved
 */
public record TrainConfig(
        int epochs,
        int batchSize,
        int evaluationBatchSize,
        Optimizer optimizer,
        double learningRate,
        double weightDecay,
        double momentum,
        Schedule schedule,
        int warmupEpochs,
        double warmupLearningRate,
        double minLearningRate,
        Advance advance,
        double clipNorm,
        double labelSmoothing,
        int evaluateEvery,
        boolean withValidation,
        Search search,
        Journal journal) {
    /** The rule of an optimiser step. */
    public enum Optimizer {
        /** Loshchilov and Hutter, 2019; betas 0.9 and 0.999, epsilon 1e-8. */
        ADAMW,
        /** Stochastic gradient descent with Nesterov momentum. */
        SGD
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
     * Settings tried on the validation images, of which the best is then used for the final training.
     *
     * @param learningRates candidates for the highest rate; no search if there are none
     */
    public record Search(List<Double> learningRates) {}

    /**
     * How often the run is saved while it trains, besides the end of each epoch: when either has passed.
     *
     * @param everySeconds at most this many seconds apart; 0 for no such bound
     * @param everySteps at most this many steps apart; 0 for no such bound
     */
    public record Journal(double everySeconds, int everySteps) {}

    static TrainConfig read(Section section, Recipe recipe) {
        boolean spt = recipe == Recipe.SPT;
        int epochs = section.integer("epochs", spt ? 100 : 20, 1, 1_000_000);
        int batchSize = section.integer("batchSize", 64, 1, 1_000_000);
        int evaluationBatchSize = section.integer("evaluationBatchSize", 128, 1, 1_000_000);
        Optimizer optimizer = section.choice("optimizer", Optimizer.ADAMW);
        double learningRate = section.number("learningRate", 1e-3, 1e-12, 1e6);
        double weightDecay = section.number("weightDecay", 1e-4, 0.0, 1e6);
        double momentum = section.number("momentum", 0.9, 0.0, 0.9999);
        Schedule schedule = section.choice("schedule", spt ? Schedule.SPT : Schedule.COSINE);
        int warmupEpochs = section.integer("warmupEpochs", Math.min(spt ? 10 : 1, epochs), 0, epochs);
        double warmupLearningRate = section.number("warmupLearningRate", 1e-6, 0.0, 1e6);
        double minLearningRate = section.number("minLearningRate", spt ? 1e-5 : 0.0, 0.0, 1e6);
        Advance advance = section.choice("advance", schedule == Schedule.SPT ? Advance.EPOCH : Advance.STEP);
        if (schedule == Schedule.SPT && advance == Advance.STEP) {
            section.problem("advance", "schedule: spt moves every epoch; use advance: epoch or schedule: cosine");
        }
        TrainConfig config = new TrainConfig(
                epochs,
                batchSize,
                evaluationBatchSize,
                optimizer,
                learningRate,
                weightDecay,
                momentum,
                schedule,
                warmupEpochs,
                warmupLearningRate,
                minLearningRate,
                advance,
                section.number("clipNorm", 0.0, 0.0, 1e9),
                section.number("labelSmoothing", 0.0, 0.0, 0.99),
                section.integer("evaluateEvery", spt ? 10 : 1, 1, 1_000_000),
                section.flag("withValidation", true),
                search(section.section("search")),
                journal(section.section("journal")));
        section.end();
        return config;
    }

    private static Search search(Section section) {
        Search search = new Search(section.numbers("learningRates", List.of(), 1e-12, 1e6));
        section.end();
        return search;
    }

    private static Journal journal(Section section) {
        Journal journal = new Journal(
                section.number("everySeconds", 60.0, 0.0, 1e6), section.integer("everySteps", 0, 0, 1_000_000_000));
        section.end();
        return journal;
    }
}
