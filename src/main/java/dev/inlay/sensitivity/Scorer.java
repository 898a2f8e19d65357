package dev.inlay.sensitivity;

import dev.inlay.backbone.Backbone;
import dev.inlay.backbone.Classifier;
import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.ForwardHooks;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.SampleDropout;
import dev.inlay.backbone.TunableParameter;
import dev.inlay.data.loading.Batch;
import dev.inlay.error.InlayException;
import dev.inlay.random.Key;
import dev.inlay.tensor.AutogradFunction;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.GradientHook;
import dev.inlay.tensor.Maps;
import dev.inlay.tensor.Recomputed;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Adds up s_n = Σ_batches (∂/∂w_n mean loss)² for every weight of the chosen tunable parameters (SPT, eq. of its sensitivity
 * with Δw = ε g; the original code squares the gradient of the batch mean). The backbone is not changed: gradients are
 * taken at leaves that share its memory. Instead of weights, prompts can be scored: tokens that each block's attention
 * would read besides its own (Visual Prompt Tuning's deep prompts).
 */
public final class Scorer implements AutoCloseable {
    /** The tunable parameters that compete for a budget: matrices of linear layers, biases, those of positions too, norms, depth-wise filters. */
    public static final Set<TunableParameter.Kind> CANDIDATES = Set.of(
            TunableParameter.Kind.MATRIX,
            TunableParameter.Kind.VECTOR,
            TunableParameter.Kind.POSITION_BIAS,
            TunableParameter.Kind.DEPTHWISE_FILTERS);

    /** The loss where each image has one class: from logits and labels to their mean cross-entropy. */
    public static final BinaryOperator<Tensor> CROSS_ENTROPY = torch::cross_entropy_loss;

    private static final int SCORING_EPOCH = 0;

    private final Backbone backbone;
    private final BinaryOperator<Tensor> meanLoss;
    private final ScoringOptions options;
    private final Predicate<TunableParameter> scored;
    private final Key noiseKey;
    private final Map<String, Tensor> leaves = new LinkedHashMap<>();
    private final Map<Integer, String> promptLeaves = new HashMap<>();
    private final Map<String, Tensor> sums = new HashMap<>();
    private final List<GradientHook> hooks = new ArrayList<>();
    private final Tensor headWeight;
    private final Tensor headBias;
    private int batches;

    /** A scorer by {@link #CROSS_ENTROPY}. */
    public Scorer(
            Backbone backbone, Classifier head, ScoringOptions options, Predicate<TunableParameter> scored, long seed) {
        this(backbone, head, CROSS_ENTROPY, options, scored, seed);
    }

    /**
     * A scorer of the backbone's parameters.
     *
     * @param head the last layer of the loss; its gradients are not scored
     * @param meanLoss from outputs (B, C) and targets, as a batch has them, to the mean loss of B examples
     * @param scored which tunable parameters to score
     * @param seed of the noise, where the options ask for any
     */
    public Scorer(
            Backbone backbone,
            Classifier head,
            BinaryOperator<Tensor> meanLoss,
            ScoringOptions options,
            Predicate<TunableParameter> scored,
            long seed) {
        this.backbone = backbone;
        this.meanLoss = meanLoss;
        this.options = options;
        this.scored = scored;
        this.noiseKey = Key.of(seed, "sensitivity").at(SCORING_EPOCH);
        requireUseful(head);
        try (PointerScope scope = new PointerScope()) {
            headWeight = Tensors.own(backbone.device().of(head.weight(), head.classes(), backbone.embedDim()));
            headBias = Tensors.own(backbone.device().of(head.bias(), head.classes()));
            backbone.tunableParameters().stream()
                    .filter(scored)
                    .map(TunableParameter::parameter)
                    .distinct()
                    .forEach(parameter ->
                            addLeaf(parameter, backbone.parameters().get(parameter)));
        }
    }

    /** A scorer of prompts alone, by {@link #CROSS_ENTROPY}. */
    public Scorer(
            Backbone backbone, Classifier head, ScoringOptions options, Map<Integer, float[]> prompts, long seed) {
        this(backbone, head, CROSS_ENTROPY, options, prompts, seed);
    }

    /**
     * A scorer of prompts alone.
     *
     * @param meanLoss from outputs (B, C) and targets to the mean loss of B examples
     * @param prompts the tokens of each block, (p, D) row-major with the block's D
     * @param seed of the noise, where the options ask for any
     */
    public Scorer(
            Backbone backbone,
            Classifier head,
            BinaryOperator<Tensor> meanLoss,
            ScoringOptions options,
            Map<Integer, float[]> prompts,
            long seed) {
        this(backbone, head, meanLoss, options, tunable -> false, seed);
        try (PointerScope scope = new PointerScope()) {
            prompts.forEach((block, values) -> {
                int width = backbone.embedDim(block);
                String name = "prompt.blocks." + block;
                addLeaf(name, backbone.device().of(values, 1, values.length / width, width));
                promptLeaves.put(block, name);
            });
        }
    }

    private static void requireUseful(Classifier head) {
        for (float w : head.weight()) {
            if (w != 0) {
                return;
            }
        }
        throw new InlayException(
                "the head of the sensitivity pass is all zero, so every gradient of the backbone would be"
                        + " zero; use sensitivity.head: random or probe");
    }

    private void addLeaf(String parameter, Tensor value) {
        Tensor leaf = Tensors.own(value.detach());
        leaf.set_requires_grad(true);
        leaves.put(parameter, leaf);
        sums.put(parameter, Tensors.own(torch.zeros_like(leaf)));
        if (options.memory() != ScoringOptions.Memory.MICRO) {
            hooks.add(new GradientHook(leaf, gradient -> square(parameter, gradient)));
        }
    }

    private void square(String parameter, Tensor gradient) {
        sums.get(parameter).addcmul_(gradient, gradient);
    }

    /**
     * Adds the squared gradients of one batch.
     *
     * @return the mean loss of the batch
     * @throws InlayException naming the batch if the loss is not finite; the scores are then of no use
     */
    public double add(Batch batch) {
        double loss = 0;
        int size = batch.indices().length;
        if (options.perSample()) {
            for (int i = 0; i < size; i++) {
                loss += gradients(batch, i, 1, 1) / size;
                collect();
            }
        } else if (options.memory() == ScoringOptions.Memory.MICRO) {
            for (int i = 0; i < size; i += options.microBatch()) {
                int n = Math.min(options.microBatch(), size - i);
                loss += gradients(batch, i, n, (double) n / size);
            }
            collect();
        } else {
            loss = gradients(batch, 0, size, 1);
        }
        batches++;
        return loss;
    }

    /** Squares and drops gradients that no hook has taken. */
    private void collect() {
        if (options.memory() == ScoringOptions.Memory.MICRO) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                leaves.forEach((name, leaf) -> {
                    square(name, leaf.grad());
                    leaf.mutable_grad().reset();
                });
            }
        }
    }

    /** One backward pass over examples [from, from + count) with the loss scaled by {@code weight}; returns the scaled loss. */
    private double gradients(Batch batch, int from, int count, double weight) {
        try (PointerScope scope = new PointerScope();
                AutogradFunction own = new AutogradFunction()) {
            Tensor images = batch.input().narrow(0, from, count);
            Tensor labels = batch.labels().narrow(0, from, count);
            int[] samples = Arrays.copyOfRange(batch.indices(), from, from + count);
            Dropout dropout = options.dropPath() == 0 ? Dropout.NONE : new SampleDropout(noiseKey, samples);
            Pass pass = new Pass(new Leaves(), dropout, options.dropPath());
            double loss = options.memory() == ScoringOptions.Memory.RECOMPUTE
                    ? recomputed(images, labels, pass, weight)
                    : backward(readout(backbone.run(images, 0, backbone.steps() - 1, pass), pass), labels, weight);
            hooks.forEach(GradientHook::rethrow);
            return loss;
        }
    }

    /** The features of what left the last block, or the map of all patches. */
    private Tensor readout(Tensor x, Pass pass) {
        return options.maps() ? backbone.map(x, pass) : backbone.readout(x, pass);
    }

    private Tensor logits(Tensor features) {
        return options.maps()
                ? Maps.resized(Maps.linear(features, headWeight, headBias), backbone.height(), backbone.width())
                : torch.linear(features, headWeight, headBias);
    }

    private double backward(Tensor features, Tensor labels, double weight) {
        Tensor logits = logits(features);
        Tensor loss = meanLoss.apply(logits, labels).mul(new Scalar(weight));
        double value = loss.item_double();
        if (!Double.isFinite(value)) {
            throw new InlayException("the loss of sensitivity batch " + batches + " is " + value
                    + "; check the images' normalisation and that the weights are finite");
        }
        loss.backward();
        return value;
    }

    private double recomputed(Tensor images, Tensor labels, Pass pass, double weight) {
        int last = backbone.steps() - 1;
        int first = firstStep();
        List<UnaryOperator<Tensor>> steps = new ArrayList<>();
        for (int step = first; step < last; step++) {
            int from = step;
            steps.add(x -> backbone.run(x, from, from + 1, pass));
        }
        Recomputed below = new Recomputed(steps, backbone.run(images, 0, first, pass));
        double loss = backward(readout(below.output(), pass), labels, weight);
        below.backward();
        return loss;
    }

    /** Below the first step with a leaf nothing has a gradient. */
    private int firstStep() {
        IntStream ofSites = backbone.tunableParameters().stream().filter(scored).mapToInt(backbone::step);
        IntStream ofPrompts = promptLeaves.keySet().stream().mapToInt(block -> 1 + block);
        return IntStream.concat(ofSites, ofPrompts).min().orElse(backbone.steps() - 1);
    }

    /** Where batches are wanted. */
    public Device device() {
        return backbone.device();
    }

    /** The sums so far, tunable parameter by tunable parameter in registration order, as (rows · rowSize) numbers. */
    public Map<TunableParameter, float[]> scores() {
        Map<TunableParameter, float[]> scores = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            for (TunableParameter tunable : backbone.tunableParameters()) {
                if (scored.test(tunable)) {
                    scores.put(
                            tunable,
                            Tensors.floats(
                                    sums.get(tunable.parameter()).narrow(0, tunable.firstRow(), tunable.rows())));
                }
            }
        }
        return scores;
    }

    /** The sums of prompts so far: block to (p · D) numbers. */
    public Map<Integer, float[]> promptScores() {
        Map<Integer, float[]> scores = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            promptLeaves.forEach((block, name) -> scores.put(block, Tensors.floats(sums.get(name))));
        }
        return scores;
    }

    @Override
    public void close() {
        hooks.forEach(GradientHook::close);
        leaves.values().forEach(Tensors::release);
        sums.values().forEach(Tensors::release);
        Tensors.release(headWeight);
        Tensors.release(headBias);
    }

    private final class Leaves implements ForwardHooks {
        @Override
        public Tensor parameter(String name, Tensor base) {
            return leaves.getOrDefault(name, base);
        }

        @Override
        public boolean readsOthers() {
            return options.maps();
        }

        @Override
        public Optional<Tensor> context(int block, Dropout dropout) {
            return Optional.ofNullable(promptLeaves.get(block)).map(leaves::get);
        }
    }
}
