package dev.inlay.train.run;

import dev.inlay.config.TrainConfig;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.train.schedule.Schedule;
import dev.inlay.train.schedule.SptSchedule;

/** The settings of a training from those of a config. */
final class TrainingChoice {
    private TrainingChoice() {}

    static TrainingSettings settings(TrainConfig config, double learningRate, double dropPath, long seed) {
        return new TrainingSettings(
                config.epochs(),
                config.batchSize(),
                optimizer(config),
                config.weightDecay(),
                schedule(config, learningRate),
                config.clipNorm() == 0 ? Double.POSITIVE_INFINITY : config.clipNorm(),
                config.labelSmoothing(),
                dropPath,
                seed);
    }

    private static OptimizerSpec optimizer(TrainConfig config) {
        return switch (config.optimizer()) {
            case ADAMW -> AdamWSpec.DEFAULT;
            case SGD -> new SgdSpec(config.momentum(), config.momentum() > 0);
        };
    }

    private static Schedule schedule(TrainConfig config, double learningRate) {
        return switch (config.schedule()) {
            case CONSTANT -> new ConstantSchedule(learningRate);
            case SPT ->
                new SptSchedule(
                        learningRate,
                        config.minLearningRate(),
                        config.epochs(),
                        config.warmupEpochs(),
                        Math.min(config.warmupLearningRate(), learningRate));
            case COSINE ->
                new CosineSchedule(
                        learningRate,
                        Math.min(config.minLearningRate(), learningRate),
                        config.epochs(),
                        config.warmupEpochs(),
                        Math.min(config.warmupLearningRate(), learningRate),
                        switch (config.advance()) {
                            case STEP -> Advance.PER_STEP;
                            case EPOCH -> Advance.PER_EPOCH;
                        });
        };
    }
}
