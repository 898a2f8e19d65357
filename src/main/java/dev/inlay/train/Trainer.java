package dev.inlay.train;

import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.ConfigException;
import dev.inlay.error.InlayException;
import dev.inlay.parallel.Group;
import dev.inlay.random.Key;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Recomputed;
import dev.inlay.train.optim.Gradients;
import dev.inlay.train.optim.Optimizer;
import dev.inlay.train.optim.Parameter;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a {@link Tuning} step by step. All randomness is keyed by (seed, purpose, epoch, sample), so the state between
 * two steps is just the trainables, the optimiser's state and the position. For one thread.
 */
public final class Trainer implements SteppedTraining {
    private final Tuning tuning;
    private final TrainingSettings settings;
    private final Group group;
    private final List<Parameter> parameters;
    private final Optimizer optimizer;
    private final Key noise;

    /**
     * Trains in one process.
     *
     * @param tuning borrowed; its trainables change with every step
     */
    public Trainer(Tuning tuning, TrainingSettings settings) {
        this(tuning, settings, Group.ALONE);
    }

    /**
     * Trains as one of several ranks, each of which takes a share of every batch.
     *
     * @param tuning borrowed, equal on all ranks; its trainables change with every step, in the same way on all of them
     * @param group all ranks; borrowed
     * @throws ConfigException as {@link #requireTrainable}
     */
    public Trainer(Tuning tuning, TrainingSettings settings, Group group) {
        requireTrainable(tuning, settings, group.size());
        this.tuning = tuning;
        this.settings = settings;
        this.group = group;
        this.parameters = tuning.trainables().values().stream()
                .filter(Trainable::isLearned)
                .map(t -> new Parameter(t.name(), t.tensor(), t.kind()))
                .toList();
        Map<String, Double> factors = settings.factors().of(tuning);
        this.optimizer = settings.optimizer()
                .over(settings.decay().group(parameters, settings.weightDecay(), p -> factors.get(p.name())));
        this.noise = Key.of(settings.seed(), "noise");
    }

    /**
     * Refuses what cannot be trained, or not by several ranks together.
     *
     * @param ranks at least 1
     * @throws ConfigException if a batch has not a row for each rank, or two where rows are mixed, the tuning keeps statistics of
     *     the whole batch, or it trains nothing that a factor of the learning rate is for
     */
    public static void requireTrainable(Tuning tuning, TrainingSettings settings, int ranks) {
        settings.factors().requireUsable(tuning);
        if (settings.batchSize() < ranks) {
            throw new ConfigException("train.batchSize: " + settings.batchSize() + " images have not one for each of "
                    + ranks + " ranks; use larger batches or fewer ranks (--nproc)");
        }
        if (!settings.mixup().isNone() && settings.batchSize() < 2 * ranks) {
            throw new ConfigException("train.batchSize: each rank mixes the images of its own share (train.mixup,"
                    + " train.cutmix), and of " + settings.batchSize() + " images there are not two for each of "
                    + ranks
                    + " ranks; use larger batches or fewer ranks (--nproc)");
        }
        tuning.trainables().values().stream()
                .filter(trainable -> ranks > 1 && !trainable.isLearned())
                .findFirst()
                .ifPresent(statistic -> {
                    throw new ConfigException(
                            "method: " + statistic.name() + " is a statistic of the whole batch, of which" + " each of "
                                    + ranks + " ranks sees a share; train it in one process (--nproc 1)");
                });
    }

    @Override
    public Device device() {
        return tuning.backbone().device();
    }

    @Override
    public TrainingSettings settings() {
        return settings;
    }

    @Override
    public Group group() {
        return group;
    }

    /**
     * One step in one process: schedule, forward, loss, backward, clip, optimiser.
     *
     * @param epoch from 0
     * @param step in its epoch, from 0
     * @param stepsPerEpoch at least 1
     * @param batch of the caller's scope
     * @throws InlayException if the loss or the gradient is not finite; what is learned is then as before the step, though
     *     statistics may have taken the batch in
     */
    public StepResult step(int epoch, int step, int stepsPerEpoch, Batch batch) {
        return step(epoch, step, stepsPerEpoch, batch.size(), StepShare.of(batch));
    }

    @Override
    public StepResult step(int epoch, int step, int stepsPerEpoch, int rows, StepShare share) {
        double learningRate = settings.schedule().learningRate(epoch, step, stepsPerEpoch);
        try (PointerScope scope = new PointerScope()) {
            double[] means = learn(epoch, step, share);
            double[] common = GradientAllReduce.sum(group, parameters, share.rows() / (double) rows, means);
            if (!Double.isFinite(common[0])) {
                optimizer.zeroGrad();
                throw new InlayException("the loss is " + common[0] + " in epoch " + (epoch + 1) + ", step "
                        + (step + 1) + "; lower train.learningRate, or set train.clipNorm");
            }
            double norm = Gradients.clip(parameters, settings.clipNorm());
            optimizer.step(learningRate);
            optimizer.zeroGrad();
            tuning.stepped();
            return new StepResult(rows, common[0], (int) Math.round(common[1] * rows), norm, learningRate);
        }
    }

    /** Adds up the gradients of the micro-batches; the mean loss and the fraction predicted right. */
    private double[] learn(int epoch, int step, StepShare share) {
        double[] means = new double[2];
        for (int i = 0; i < share.batches(); i++) {
            try (PointerScope scope = new PointerScope();
                    AutogradFunction own = new AutogradFunction()) {
                Batch batch = share.next().get();
                double part = batch.size() / (double) share.rows();
                double[] found = learn(epoch, step * settings.accumulate() + i, batch, part);
                means[0] += part * found[0];
                means[1] += part * found[1];
            }
        }
        return means;
    }

    /**
     * Forward and backward; the mean loss and the fraction predicted right.
     *
     * @param number of the batch in its epoch, from 0
     * @param part of this rank's rows of the step, in (0, 1]
     */
    private double[] learn(int epoch, int number, Batch plain, double part) {
        Mix mix = settings.mixup().draw(settings.seed(), epoch, number, plain);
        Batch batch = mix.batch(plain);
        SampleDropout sampleNoise = new SampleDropout(noise.at(epoch), batch.indices());
        Pass pass = new Pass(tuning.hooks(), sampleNoise, settings.dropPath(), settings.precision());
        int last = tuning.backbone().steps() - 1;
        int until = settings.recompute() ? Math.max(batch.step(), last) : batch.step();
        Recomputed below = recomputed(batch, until, pass);
        Tensor logits = tuning.head(tuning.features(below.output(), until, pass));
        Tensor loss = mix.losses(settings.loss(), logits, batch.labels()).mean();
        Tensor hits = settings.loss().right(logits, mix.labels(batch.labels())).sum();
        (part == 1 ? loss : loss.mul(new Scalar(part))).backward();
        below.backward();
        // the first numbers that are waited for: a GPU has its work by now
        return new double[] {loss.item_double(), hits.item_double() / batch.size()};
    }

    /** The steps before {@code until}; those that are as in the bare backbone need no gradient. */
    private Recomputed recomputed(Batch batch, int until, Pass pass) {
        if (until == batch.step()) {
            return new Recomputed(List.of(), batch.input());
        }
        int first = Math.max(batch.step(), Math.min(tuning.frozenSteps(), until));
        List<UnaryOperator<Tensor>> steps = new ArrayList<>();
        for (int step = first; step < until; step++) {
            int from = step;
            steps.add(x -> tuning.run(x, from, from + 1, pass));
        }
        return new Recomputed(steps, tuning.run(batch.input(), batch.step(), first, pass));
    }

    @Override
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> learned = new LinkedHashMap<>();
        tuning.trainables().forEach((name, trainable) -> learned.put(name, trainable.tensor()));
        return learned;
    }

    @Override
    public Map<String, Tensor> optimizerState() {
        return optimizer.state();
    }

    @Override
    public void restore(Map<String, Tensor> learned, Map<String, Tensor> optimizerState, String source) {
        tuning.load(learned, source);
        optimizer.restore(optimizerState);
    }

    @Override
    public void close() {
        optimizer.close();
    }
}
