package dev.inlay.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.backbone.Dropout;
import dev.inlay.backbone.Pass;
import dev.inlay.backbone.vit.VisionTransformer;
import dev.inlay.data.Examples;
import dev.inlay.data.builtin.BuiltinDataset;
import dev.inlay.data.builtin.BuiltinTasks;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.loading.Batch;
import dev.inlay.data.loading.BatchSource;
import dev.inlay.data.loading.Batches;
import dev.inlay.data.loading.DecodedExamples;
import dev.inlay.data.loading.DecodingOptions;
import dev.inlay.data.loading.Inputs;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import dev.inlay.inference.InferenceLoop;
import dev.inlay.progress.Progress;
import dev.inlay.record.EpochRecord;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import dev.inlay.train.optim.AdamWSpec;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.TuningSpec;
import dev.inlay.tuning.method.Bias;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.Lora;
import dev.inlay.tuning.method.MlpHead;
import dev.inlay.tuning.method.Partial;
import dev.inlay.tuning.method.Prompt;
import dev.inlay.tuning.method.Prompt.Depth;
import dev.inlay.tuning.method.Prompt.Pool;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What frozen blocks give is the same whether it is kept or computed again, and only what is frozen is kept. */
class FrozenPrefixTest {
    private static final int SIZE = 37;
    private static final long PLENTY = 1L << 30;
    private static final InferenceLoop EVALUATOR = new InferenceLoop(16, 1, Device.CPU);

    @TempDir
    private Path folder;

    private PointerScope scope;
    private VisionTransformer vit;

    @BeforeEach
    void open() {
        scope = new PointerScope();
        vit = SmallTraining.backbone();
    }

    @AfterEach
    void close() {
        vit.close();
        scope.close();
    }

    /** Specs on a ViT of two blocks: step 0 embeds, 1 and 2 are the blocks, 3 reads out. */
    static Stream<Arguments> firstTouches() {
        return Stream.of(
                Arguments.of(new HeadOnly(), 4),
                Arguments.of(new MlpHead(3), 4),
                Arguments.of(new Partial(1), 2),
                Arguments.of(new Bias(), 0),
                Arguments.of(new Lora(2, 2, 0, List.of("attn.q"), List.of(0)), 1),
                Arguments.of(new Lora(2, 2, 0, List.of("attn.q"), List.of(1)), 2),
                Arguments.of(prompt(Depth.SHALLOW, List.of(), Pool.CLASS_TOKEN), 1),
                Arguments.of(prompt(Depth.DEEP, List.of(-1), Pool.CLASS_TOKEN), 2),
                Arguments.of(SmallTraining.spec(), 0));
    }

    private static Prompt prompt(Depth depth, List<Integer> blocks, Pool pool) {
        return new Prompt(depth, 3, 0, 0, false, blocks, pool);
    }

    @ParameterizedTest
    @MethodSource("firstTouches")
    void stepsAreFrozenUpToTheFirstThatAnythingTuned(TuningSpec spec, int steps) {
        try (Tuning tuning = new Tuning(vit, spec, 3, 0)) {
            assertThat(tuning.frozenSteps()).isEqualTo(steps);
        }
    }

    @ParameterizedTest
    @MethodSource("firstTouches")
    void whatIsKeptGivesTheLogitsOfTheImages(TuningSpec spec, int steps) {
        Examples examples = examples(SIZE, Augmentation.NONE);
        try (Tuning tuning = new Tuning(vit, spec, 3, 0);
                FrozenPrefix prefix = new FrozenPrefix(vit, Math.max(1, steps), PLENTY, EVALUATOR);
                NoGradGuard guard = new NoGradGuard()) {
            Inputs kept = steps == 0 ? Inputs.images(examples) : keep(prefix, examples);
            int[] order = {36, 0, 7, 7, 12};
            try (BatchSource images = Inputs.images(examples).batches(3, 1, Device.CPU);
                    BatchSource rows = kept.batches(3, 1, Device.CPU);
                    Batches expected = images.read(order, 0, 0);
                    Batches actual = rows.read(order, 0, 0)) {
                while (expected.hasNext()) {
                    Batch wanted = expected.next();
                    Batch given = actual.next();
                    assertThat(given.indices()).isEqualTo(wanted.indices());
                    assertThat(given.step()).isEqualTo(steps);
                    assertThat(Tensors.longs(given.labels())).isEqualTo(Tensors.longs(wanted.labels()));
                    assertThat(Tensors.floats(logits(tuning, given)))
                            .containsExactly(Tensors.floats(logits(tuning, wanted)), within(1e-5f));
                }
                assertThat(actual.hasNext()).isFalse();
            }
        }
    }

    private static Tensor logits(Tuning tuning, Batch batch) {
        return tuning.head(tuning.features(batch.input(), batch.step(), Dropout.NONE, 0));
    }

    @Test
    void aTrainingOnWhatIsKeptIsTheTrainingOnImages() {
        Examples examples = examples(SIZE, Augmentation.NONE);
        for (TuningSpec spec : List.of(new HeadOnly(), new Partial(1), new MlpHead(2))) {
            List<EpochRecord> plain = train(spec, Inputs.images(examples));
            try (Tuning tuning = new Tuning(vit, spec, 3, 0);
                    FrozenPrefix prefix = new FrozenPrefix(vit, tuning.frozenSteps(), PLENTY, EVALUATOR)) {
                List<EpochRecord> kept = train(spec, keep(prefix, examples));
                for (int i = 0; i < plain.size(); i++) {
                    assertThat(kept.get(i).trainLoss())
                            .as("%s, epoch %d", spec, i + 1)
                            .isCloseTo(plain.get(i).trainLoss(), within(1e-4));
                }
                assertThat(plain.get(3).trainLoss()).isLessThan(plain.get(0).trainLoss());
            }
        }
    }

    @Test
    void aPassOverBatchesMayBeginInItsMiddle() {
        Examples examples = examples(SIZE, Augmentation.NONE);
        try (FrozenPrefix prefix = new FrozenPrefix(vit, 4, PLENTY, EVALUATOR);
                BatchSource rows = keep(prefix, examples).batches(10, 1, Device.CPU);
                Batches batches = rows.read(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 5, 1)) {
            assertThat(batches.next().indices()).containsExactly(11, 12);
            assertThat(batches.hasNext()).isFalse();
        }
    }

    @Test
    void onlyWhatRepeatsAndFitsIsTaken() {
        Examples repeated = examples(SIZE, Augmentation.NONE);
        Examples flipped = examples(SIZE, new Augmentation(Augmentation.NONE.crop(), 0.5));
        long tokens = 17L * SmallTraining.EMBED_DIM * Float.BYTES;
        try (FrozenPrefix prefix = new FrozenPrefix(vit, 2, 2 * SIZE * tokens, EVALUATOR)) {
            assertThat(prefix.takes(repeated)).isTrue();
            assertThat(prefix.takes(flipped)).isFalse();
            assertThat(prefix.takes(examples(2 * SIZE + 1, Augmentation.NONE))).isFalse();
            assertThat(prefix.kept(repeated)).isEmpty();
            FrozenPrefix.Kept kept = prefix.keep(repeated, "small", Progress.NONE);
            assertThat(prefix.kept(repeated)).isEqualTo(Optional.of(kept));
            assertThat(prefix.takes(examples(SIZE, Augmentation.NONE))).isTrue();
            assertThat(prefix.takes(examples(SIZE + 1, Augmentation.NONE))).isFalse();
        }
    }

    @Test
    void theBackboneRunsInPieces() {
        Examples examples = examples(4, Augmentation.NONE);
        try (NoGradGuard guard = new NoGradGuard();
                BatchSource images = Inputs.images(examples).batches(4, 1, Device.CPU);
                Batches batches = images.read(new int[] {0, 1, 2, 3}, 0, 0)) {
            Tensor input = batches.next().input();
            float[] whole = Tensors.floats(vit.features(input, Pass.BARE));
            for (int cut = 0; cut <= vit.steps(); cut++) {
                Tensor half = vit.run(input, 0, cut, Pass.BARE);
                assertThat(Tensors.floats(vit.run(half, cut, vit.steps(), Pass.BARE)))
                        .isEqualTo(whole);
            }
        }
    }

    private static Inputs keep(FrozenPrefix prefix, Examples examples) {
        return prefix.keep(examples, "small", Progress.NONE).inputs();
    }

    private List<EpochRecord> train(TuningSpec spec, Inputs inputs) {
        TrainingSettings settings = SmallTraining.settings(4, AdamWSpec.DEFAULT);
        TrainingSettings still = TrainingSettings.builder(settings.epochs(), settings.batchSize(), settings.schedule())
                .optimizer(settings.optimizer())
                .decay(settings.decay(), settings.weightDecay())
                .clipNorm(settings.clipNorm())
                .loss(settings.loss())
                .recompute(settings.recompute())
                .precision(settings.precision())
                .seed(settings.seed())
                .build();
        Journal journal = new Journal(folder.resolve(spec.method() + inputs.hashCode()), 0, 0);
        try (Tuning tuning =
                        new Tuning(vit, spec, inputs.examples().classNames().size(), 0);
                Trainer trainer = new Trainer(tuning, still)) {
            return new TrainingLoop(trainer, inputs, 1)
                    .run(journal, RunObserver.nobody(), "train", (epoch, last) -> EpochEvaluation.Top1.NONE)
                    .curves();
        }
    }

    private static Examples examples(int size, Augmentation augmentation) {
        return DecodedExamples.decode(
                new BuiltinDataset(
                        BuiltinTasks.named("shape"), BuiltinDataset.Split.TRAIN, 3, size, SmallTraining.PIXELS),
                ImageTransform.direct(
                        SmallTraining.PIXELS, SmallTraining.PIXELS, Normalization.IMAGENET, ExifOrientation.IGNORE),
                augmentation,
                3,
                DecodingOptions.DEFAULT,
                Progress.NONE);
    }
}
