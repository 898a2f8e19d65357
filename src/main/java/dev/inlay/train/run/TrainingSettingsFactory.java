package dev.inlay.train.run;

import dev.inlay.config.Compat;
import dev.inlay.config.MethodConfig;
import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.ClassWeights;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Sampling;
import dev.inlay.plan.Plan;
import dev.inlay.train.Averaging;
import dev.inlay.train.BinaryCrossEntropy;
import dev.inlay.train.CrossEntropy;
import dev.inlay.train.LearningRateFactors;
import dev.inlay.train.Loss;
import dev.inlay.train.Mixup;
import dev.inlay.train.PixelLoss;
import dev.inlay.train.Selection;
import dev.inlay.train.SquaredError;
import dev.inlay.train.TrainingSettings;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.train.optim.DecayRule;
import dev.inlay.train.optim.OptimizerSpec;
import dev.inlay.train.optim.SgdSpec;
import dev.inlay.train.schedule.Advance;
import dev.inlay.train.schedule.ConstantSchedule;
import dev.inlay.train.schedule.CosineSchedule;
import dev.inlay.train.schedule.Schedule;
import dev.inlay.train.schedule.SptSchedule;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Members;
import dev.inlay.tuning.method.Planned;
import dev.inlay.tuning.method.Sum;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What a config says of a training: its settings, its head, what it tunes. */
final class TrainingSettingsFactory {
    private TrainingSettingsFactory() {}

    /** Settings of a training that learns from some examples. */
    static TrainingSettings settings(RunConfig chosen, long seed, Examples learned) {
        return settings(chosen, seed).toBuilder()
                .loss(loss(chosen.train(), learned))
                .build();
    }

    /** What a training on some examples minimises. */
    static Loss loss(TrainConfig config, Examples learned) {
        return switch (learned.labels().kind()) {
            case SINGLE ->
                new CrossEntropy(
                        config.labelSmoothing(),
                        classWeights(config, learned.classNames(), ClassBalance.images(learned)));
            case MULTI -> new BinaryCrossEntropy(config.labelSmoothing());
            case NUMBERS -> new SquaredError((LabelSpace.Numbers) learned.labels());
            case MASKS -> new PixelLoss(config.labelSmoothing(), pixelWeights(config, learned), config.dice());
        };
    }

    /** How much a pixel of each class counts; empty where all count alike. */
    private static List<Double> pixelWeights(TrainConfig config, Examples learned) {
        ClassWeights weights = config.classWeights();
        return weights.equals(ClassWeights.NONE)
                ? List.of()
                : weights.over(learned.classNames(), learned.classPixels());
    }

    /** How much a draw of each class counts, with a mean of 1 over the draws of an epoch; empty where all count alike. */
    private static List<Double> classWeights(TrainConfig config, List<String> classNames, long[] images) {
        boolean balanced = config.sampling() == Sampling.BALANCED;
        return config.classWeights()
                .over(
                        classNames,
                        balanced ? Arrays.stream(images).map(Long::signum).toArray() : images);
    }

    /**
     * How much an example of each class counts in a fit to all of them that minimises what a training does; empty where all
     * count alike.
     *
     * @param images of each class
     */
    static List<Double> fitWeights(TrainConfig config, List<String> classNames, long[] images) {
        List<Double> weights = classWeights(config, classNames, images);
        if (config.sampling() == Sampling.SHUFFLED) {
            return weights;
        }
        List<Double> draws = ClassWeights.BALANCED.over(classNames, images);
        return weights.isEmpty()
                ? draws
                : IntStream.range(0, draws.size())
                        .mapToObj(label -> draws.get(label) * weights.get(label))
                        .toList();
    }

    /** Settings that do not depend on examples: as if all classes counted alike. */
    static TrainingSettings settings(RunConfig chosen, long seed) {
        TrainConfig config = chosen.train();
        return TrainingSettings.builder(config.epochs(), config.batchSize(), schedule(config))
                .accumulate(config.accumulate())
                .optimizer(optimizer(config))
                .decay(
                        switch (config.decay()) {
                            case MATRICES -> DecayRule.MATRICES;
                            case ALL_BUT_BIASES -> DecayRule.ALL_BUT_BIASES;
                            case ALL_BUT_HEAD_BIAS -> DecayRule.ALL_BUT_HEAD_BIAS;
                        },
                        config.weightDecay())
                .factors(new LearningRateFactors(
                        config.loraPlus(), config.headLearningRateFactor(), config.layerDecay()))
                .clipNorm(config.clipNorm() == 0 ? Double.POSITIVE_INFINITY : config.clipNorm())
                .sampling(config.sampling())
                .augRepeats(Math.max(1, config.augRepeats()))
                .loss(new CrossEntropy(config.labelSmoothing()))
                .mixup(mixup(config.mixup()))
                .dropPath(chosen.backbone().dropPath())
                .recompute(config.memory() == TrainConfig.Memory.RECOMPUTE)
                .precision(config.precision().on(chosen.device().resolved()))
                .seed(seed)
                .averaging(new Averaging(config.ema(), config.emaWarmup()))
                .selection(new Selection(config.select() == TrainConfig.Select.BEST, config.patience()))
                .build();
    }

    /**
     * What a config tunes.
     *
     * @param plans one for each of {@link MethodConfig#planned}
     */
    static TuningSpec spec(RunConfig chosen, List<Plan> plans) {
        List<TuningSpec> members = chosen.method().members().stream()
                .map(member -> withHead(chosen, spec(chosen, member, plans)))
                .toList();
        return members.size() == 1 ? members.get(0) : new Members(members);
    }

    private static TuningSpec withHead(RunConfig chosen, TuningSpec member) {
        return chosen.maskHead()
                .<TuningSpec>map(decoder -> new Sum(List.of(member, new MaskHead(decoder))))
                .orElse(member);
    }

    private static TuningSpec spec(RunConfig chosen, MethodConfig member, List<Plan> plans) {
        if (member instanceof MethodConfig.Stated stated) {
            return stated.spec();
        }
        MethodConfig.Spt spt = (MethodConfig.Spt) member;
        Plan plan = plans.get(chosen.method().planned().indexOf(spt));
        Planned.Origin origin = chosen.compat() == Compat.SEED ? Planned.Origin.SEED : Planned.Origin.PAPER;
        return new Planned(plan, spt.dropout(), spt.dropPath(), origin);
    }

    private static Mixup mixup(TrainConfig.Mixup config) {
        return new Mixup(config.mixup(), config.cutmix(), config.prob(), config.switchProb(), config.offEpoch());
    }

    private static OptimizerSpec optimizer(TrainConfig config) {
        return switch (config.optimizer()) {
            case ADAMW -> AdamWSpec.DEFAULT;
            case ADAMW_VPT -> AdamWSpec.VPT;
            case SGD -> new SgdSpec(config.momentum(), config.nesterov() && config.momentum() > 0);
        };
    }

    private static Schedule schedule(TrainConfig config) {
        double scale = config.learningRateScale();
        double learningRate = scale * config.learningRate();
        double min = Math.min(scale * config.minLearningRate(), learningRate);
        double warmup = Math.min(scale * config.warmupLearningRate(), learningRate);
        return switch (config.schedule()) {
            case CONSTANT -> new ConstantSchedule(learningRate);
            case SPT -> new SptSchedule(learningRate, min, config.epochs(), config.warmupEpochs(), warmup);
            case COSINE ->
                new CosineSchedule(
                        learningRate,
                        min,
                        config.epochs(),
                        config.warmupEpochs(),
                        warmup,
                        switch (config.advance()) {
                            case STEP -> Advance.PER_STEP;
                            case EPOCH -> Advance.PER_EPOCH;
                        });
        };
    }
}
