package dev.inlay.train;

import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import dev.inlay.parallel.Group;
import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.optim.Parameter;
import dev.inlay.train.optim.StackedOptimizer;
import dev.inlay.tuning.Trainable;
import dev.inlay.tuning.Tuning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains G heads side by side on the same features: with C classes they are computed as one head of G · C outputs. Each has a
 * schedule, a decay and a bound on its gradient of its own, and becomes what a {@link Trainer} would make of it, within the
 * error of floating point. A head whose loss or gradient is not finite is not a number from there on and leaves the others
 * alone. For one thread.
 */
public final class StackedHeads implements SteppedTraining {
    private final Tuning tuning;
    private final List<TrainingSettings> settings;
    private final Map<String, Parameter> stacks = new LinkedHashMap<>();
    private final Tensor weight;
    private final Tensor bias;
    private final StackedOptimizer optimizer;
    private final Key noise;

    /**
     * Heads that all start as that of a tuning.
     *
     * @param tuning trains nothing but the last layer of its head; borrowed
     * @param settings one for each head, {@linkplain TrainingSettings#common alike} but for what is a head's own
     * @throws IllegalArgumentException if the tuning or the settings are others
     */
    public StackedHeads(Tuning tuning, List<TrainingSettings> settings) {
        if (!tuning.trainables().keySet().equals(Set.of(Tuning.HEAD_WEIGHT, Tuning.HEAD_BIAS))) {
            throw new IllegalArgumentException("expected a tuning of the head's last layer alone, found one of "
                    + tuning.trainables().keySet());
        }
        if (settings.stream().map(TrainingSettings::common).distinct().count() != 1) {
            throw new IllegalArgumentException("expected heads that train alike, found "
                    + settings.stream().map(TrainingSettings::common).distinct().toList());
        }
        settings.forEach(s -> s.factors().requireUsable(tuning));
        this.tuning = tuning;
        this.settings = List.copyOf(settings);
        List<StackedOptimizer.Stack> decaying = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            for (Trainable one : tuning.trainables().values()) {
                Parameter stack = stack(one, settings.size());
                stacks.put(one.name(), stack);
                decaying.add(new StackedOptimizer.Stack(stack, decays(one)));
            }
        }
        this.weight = stacks.get(Tuning.HEAD_WEIGHT).tensor();
        this.bias = stacks.get(Tuning.HEAD_BIAS).tensor();
        this.optimizer = new StackedOptimizer(settings().optimizer(), decaying);
        this.noise = Key.of(settings().seed(), "noise");
    }

    private static Parameter stack(Trainable one, int heads) {
        Tensor stack = Tensors.own(torch.stack(new TensorVector(IntStream.range(0, heads)
                .mapToObj(head -> one.tensor().detach())
                .toArray(Tensor[]::new))));
        stack.set_requires_grad(true);
        return new Parameter(one.name(), stack, one.kind());
    }

    private double[] decays(Trainable one) {
        Parameter parameter = new Parameter(one.name(), one.tensor(), one.kind());
        return settings.stream()
                .mapToDouble(s -> s.decay().decays(parameter) ? s.weightDecay() : 0)
                .toArray();
    }

    /** The settings of the first head, which are those of all but for what is a head's own. */
    @Override
    public TrainingSettings settings() {
        return settings.get(0);
    }

    @Override
    public Device device() {
        return tuning.backbone().device();
    }

    @Override
    public Group group() {
        return Group.ALONE;
    }

    /**
     * @return means over the heads that have not diverged, and the learning rate of the first head
     * @throws InlayException if all heads have diverged
     */
    @Override
    public StepResult step(int epoch, int step, int stepsPerEpoch, int rows, StepShare share) {
        double learningRate = settings().schedule().learningRate(epoch, step, stepsPerEpoch);
        double[] rates = settings.stream()
                .mapToDouble(s -> s.factors().head() * s.schedule().learningRate(epoch, step, stepsPerEpoch))
                .toArray();
        try (PointerScope scope = new PointerScope()) {
            double[] losses = new double[settings.size()];
            double[] right = new double[settings.size()];
            learn(epoch, step, share, losses, right);
            double[] norms = Tensors.doubles(norms());
            int[] finite = IntStream.range(0, losses.length)
                    .filter(head -> Double.isFinite(losses[head]) && Double.isFinite(norms[head]))
                    .toArray();
            if (finite.length == 0) {
                throw new InlayException("the losses of all " + losses.length + " heads are not finite in epoch "
                        + (epoch + 1) + ", step " + (step + 1) + "; lower train.learningRate, or set train.clipNorm");
            }
            scaleGradients(norms, finite);
            optimizer.step(rates);
            int correct = (int) Math.round(mean(right, finite));
            return new StepResult(rows, mean(losses, finite), correct, mean(norms, finite), learningRate);
        }
    }

    /**
     * Adds up the gradients of the micro-batches.
     *
     * @param losses gets the mean loss of each head
     * @param right gets how many each head predicted right
     */
    private void learn(int epoch, int step, StepShare share, double[] losses, double[] right) {
        for (int i = 0; i < share.batches(); i++) {
            try (PointerScope scope = new PointerScope()) {
                Batch batch = share.next().get();
                double part = batch.size() / (double) share.rows();
                Tensor[] found = learn(epoch, step * settings().accumulate() + i, batch, part);
                double[] loss = Tensors.doubles(found[0]);
                double[] hits = Tensors.doubles(found[1]);
                for (int head = 0; head < losses.length; head++) {
                    losses[head] += part * loss[head];
                    right[head] += hits[head];
                }
            }
        }
    }

    /** Forward and backward; the mean loss and the number predicted right, each (G). */
    private Tensor[] learn(int epoch, int number, Batch plain, double part) {
        Mix mix = settings().mixup().draw(settings().seed(), epoch, number, plain);
        Batch batch = mix.batch(plain);
        long heads = settings.size();
        Tensor features = features(epoch, batch);
        // (G, C, B): the classes of an example apart, so that sums over them are sums of rows
        Tensor logits = torch.addmm(bias.view(-1, 1), weight.flatten(0, 1), features.t())
                .view(heads, tuning.classes(), batch.size());
        Tensor losses = mix.losses(settings().loss(), logits, batch.labels()).mean(1);
        (part == 1 ? losses.sum() : losses.sum().mul(new Scalar(part))).backward();
        Tensor hits =
                settings().loss().right(logits, mix.labels(batch.labels())).sum(1);
        return new Tensor[] {losses, hits};
    }

    private Tensor features(int epoch, Batch batch) {
        SampleDropout sampleNoise = new SampleDropout(noise.at(epoch), batch.indices());
        return tuning.features(
                batch.input(),
                batch.step(),
                new Pass(
                        tuning.hooks(),
                        sampleNoise,
                        settings().dropPath(),
                        settings().precision()));
    }

    /** The norm of the gradient of each head, (G). */
    private Tensor norms() {
        ScalarOptional euclidean = new ScalarOptional(new Scalar(2));
        try (NoGradGuard guard = new NoGradGuard()) {
            return weight.grad()
                    .flatten(1, -1)
                    .norm(euclidean, 1)
                    .hypot(bias.grad().norm(euclidean, 1));
        }
    }

    /** Clips the gradient of each head, and makes that of a head that diverges not a number. */
    private void scaleGradients(double[] norms, int[] finite) {
        float[] factors = new float[norms.length];
        Arrays.fill(factors, Float.NaN);
        boolean scales = finite.length < factors.length;
        for (int head : finite) {
            double most = settings.get(head).clipNorm();
            boolean clips = norms[head] > most;
            factors[head] = clips ? (float) (most / (norms[head] + 1e-6)) : 1;
            scales |= clips;
        }
        if (scales) {
            try (NoGradGuard guard = new NoGradGuard()) {
                Tensor factor = device().of(factors, factors.length, 1);
                weight.grad().mul_(factor.unsqueeze(2));
                bias.grad().mul_(factor);
            }
        }
    }

    private static double mean(double[] values, int[] which) {
        return Arrays.stream(which).mapToDouble(i -> values[i]).average().orElseThrow();
    }

    /**
     * Gives the tuning one of the heads.
     *
     * @param head from 0
     * @return false, with nothing done, if that head has diverged
     */
    public boolean select(int head) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> values = new LinkedHashMap<>();
            stacks.forEach(
                    (name, stack) -> values.put(name, stack.tensor().detach().select(0, head)));
            boolean finite = values.values().stream()
                    .allMatch(value -> value.isfinite().all().item_bool());
            if (finite) {
                tuning.load(values, "head " + head);
            }
            return finite;
        }
    }

    @Override
    public Map<String, Tensor> parameters() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        stacks.forEach((name, stack) -> tensors.put(name, stack.tensor()));
        return tensors;
    }

    @Override
    public Map<String, Tensor> optimizerState() {
        return optimizer.state();
    }

    @Override
    public void restore(Map<String, Tensor> values, Map<String, Tensor> optimizerState, String source) {
        if (!shapes(values).equals(shapes(parameters()))) {
            throw new DataException(source + " does not fit these heads: expected " + shapes(parameters()) + ", found "
                    + shapes(values));
        }
        optimizer.restore(optimizerState);
        try (NoGradGuard guard = new NoGradGuard()) {
            parameters().forEach((name, tensor) -> tensor.copy_(values.get(name)));
        }
    }

    private static Map<String, List<Long>> shapes(Map<String, Tensor> tensors) {
        Map<String, List<Long>> shapes = new TreeMap<>();
        tensors.forEach((name, tensor) -> shapes.put(name, Tensors.shapeOf(tensor)));
        return shapes;
    }

    @Override
    public void close() {
        optimizer.close();
        stacks.values().forEach(stack -> Tensors.release(stack.tensor()));
        stacks.clear();
    }
}
