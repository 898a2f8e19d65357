package dev.inlay.train.run;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.data.ExampleSubset;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.loading.Order;
import dev.inlay.progress.Progress;
import dev.inlay.record.Phase;
import dev.inlay.train.probe.LabelledFeatures;
import dev.inlay.train.probe.LinearHead;
import dev.inlay.tuning.HeadInit;
import dev.inlay.tuning.Trainable.Role;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Starts heads at the fit of a linear probe (LP-FT, arXiv 2202.10054). Its logits are divided by ten: training begins with the
 * probe's accuracy but without its certainty, which would leave next to no gradient for what is tuned. Where the start of a method
 * changes the features, as prompts do, the head is fitted to the changed ones. A training that validation images judge starts from
 * the fit to the training images alone.
 */
final class HeadStart {
    /** The most images times classes that a probe is fitted to where it is needed for nothing else: 50,000 of 1,000 classes. */
    private static final long MAX_IMAGES_BY_CLASSES = 50_000_000;

    private static final float LOGIT_SCALE = 0.1f;

    private static final int MIN_CLASSES = 1_000;
    private static final int COMPARED = 8;
    private static final double SAME = 1e-4;

    private final LoadedRun run;
    private final FrozenInputs inputs;
    private final Phases phases;
    private final Supplier<ProbeStage> bare;
    private final Progress progress;
    private Fitted latest;

    /** What was fitted for one start. */
    private record Fitted(TuningSpec spec, long seed, ProbeStage.Heads heads) {}

    /**
     * @param bare gives the probe on the features of the bare backbone
     */
    HeadStart(LoadedRun run, FrozenInputs inputs, Phases phases, Supplier<ProbeStage> bare, Progress progress) {
        this.run = run;
        this.inputs = inputs;
        this.phases = phases;
        this.bare = bare;
        this.progress = progress;
    }

    /** The images that a probe is fitted to which only heads start from: all, unless they are very many. */
    static Examples share(Examples train, long seed) {
        int classes = Math.max(MIN_CLASSES, train.classNames().size());
        int most = (int) Math.min(train.size(), MAX_IMAGES_BY_CLASSES / classes);
        return most == train.size()
                ? train
                : new ExampleSubset(
                        train,
                        Arrays.stream(Order.shuffled(seed, 0, train.size()))
                                .limit(most)
                                .sorted()
                                .boxed()
                                .toList());
    }

    /**
     * Gives a tuning the head that its training starts with, where that is a fitted one.
     *
     * @param tuning that of the training, before its first step
     */
    void set(TrainingSpec training, Tuning tuning) {
        if (training.chosen().train().headInit() == HeadInit.PROBE) {
            ProbeStage.Heads heads = startsAsBackbone(tuning) ? bare.get().heads() : own(training, tuning);
            LinearHead fitted = training.withValidation() ? heads.all() : heads.train();
            LinearHead head = fitted.scaled(logitScale(tuning));
            tuning.head(head.weight(), head.bias());
        }
    }

    /** A fit is left as it is where only the head learns, and where logits are numbers, which have no certainty. */
    private float logitScale(Tuning tuning) {
        boolean onlyHead = tuning.trainables().values().stream().allMatch(part -> part.role() == Role.HEAD);
        return onlyHead || run.splits().train().labels().kind() == LabelSpace.Kind.NUMBERS ? 1 : LOGIT_SCALE;
    }

    private ProbeStage.Heads own(TrainingSpec training, Tuning tuning) {
        if (latest == null || !latest.spec.equals(training.spec()) || latest.seed != training.seed()) {
            ProbeStage.Heads heads = phases.in(
                    Phase.PROBE, () -> ProbeStage.Heads.fit(run, examples -> features(training, tuning, examples)));
            latest = new Fitted(training.spec(), training.seed(), heads);
        }
        return latest.heads;
    }

    private LabelledFeatures features(TrainingSpec training, Tuning tuning, Examples examples) {
        return LabelledFeatures.of(
                run.inference(),
                batch -> tuning.features(batch.input(), batch.step(), Dropout.NONE, 0),
                run.backbone().embedDim(),
                inputs.judging(tuning.frozenSteps(), training.chosen(), examples),
                "features with " + training.spec().method(),
                progress);
    }

    private boolean startsAsBackbone(Tuning tuning) {
        Examples train = run.splits().train();
        List<Integer> first =
                IntStream.range(0, Math.min(COMPARED, train.size())).boxed().toList();
        Inputs few = Inputs.images(new ExampleSubset(train, first));
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            Tensor without = features(few, images -> run.backbone().features(images, Pass.BARE));
            Tensor with = features(few, images -> tuning.features(images, Dropout.NONE, 0));
            double difference = with.sub(without).abs().max().item_double();
            return difference <= SAME * without.abs().max().item_double();
        }
    }

    private Tensor features(Inputs few, UnaryOperator<Tensor> network) {
        return LabelledFeatures.of(
                        run.inference(),
                        batch -> network.apply(batch.input()),
                        run.backbone().embedDim(),
                        few,
                        "features",
                        Progress.NONE)
                .features();
    }
}
