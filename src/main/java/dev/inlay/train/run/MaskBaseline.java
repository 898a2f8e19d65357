package dev.inlay.train.run;

import dev.inlay.backbone.Dropout;
import dev.inlay.config.RunConfig;
import dev.inlay.config.TrainConfig;
import dev.inlay.data.Examples;
import dev.inlay.error.StorageException;
import dev.inlay.inference.Evaluation;
import dev.inlay.progress.Progress;
import dev.inlay.record.Baseline;
import dev.inlay.train.EpochEvaluation;
import dev.inlay.train.Journal;
import dev.inlay.train.Trainer;
import dev.inlay.train.TrainingLoop;
import dev.inlay.train.TrainingSettings;
import dev.inlay.tuning.HeadInit;
import dev.inlay.tuning.Tuning;
import dev.inlay.tuning.method.HeadOnly;
import dev.inlay.tuning.method.MaskHead;
import dev.inlay.tuning.method.Sum;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a linear head on the maps of the frozen backbone gives, trained as the run trains. */
final class MaskBaseline {
    private static final String JOURNAL = "linear.journal.safetensors";
    private static final Sum LINEAR = new Sum(List.of(new HeadOnly(), new MaskHead(MaskHead.Decoder.LINEAR)));

    private MaskBaseline() {}

    /** Trains it on what the run learns from, and measures it on the test split. */
    static ProbeStage fit(LoadedRun run, FrozenInputs inputs, Phases phases, Progress progress) {
        RunConfig config = run.config();
        TrainConfig train = config.train();
        Examples learned = train.withValidation()
                ? run.splits().trainAndValidation()
                : run.splits().train();
        TrainingSettings settings = TrainingSettingsFactory.settings(config, config.seed(), learned);
        Path journal = phases.folder().file(JOURNAL);
        try (Tuning tuning =
                        new Tuning(run.backbone(), LINEAR, learned.labels().size(), HeadInit.SMALL, config.seed());
                Trainer trainer = new Trainer(tuning, settings)) {
            new TrainingLoop(trainer, inputs.learned(tuning, config, learned), run.workers())
                    .run(
                            new Journal(
                                    journal,
                                    train.journal().everySeconds(),
                                    train.journal().everySteps()),
                            phases.observer(),
                            "linear head",
                            (epoch, last) -> EpochEvaluation.Top1.NONE);
            Evaluation tested = run.inference()
                    .evaluate(
                            batch -> tuning.head(tuning.features(batch.input(), batch.step(), Dropout.NONE, 0)),
                            inputs.judging(
                                    tuning.frozenSteps(), config, run.splits().test()),
                            "evaluate linear head",
                            progress);
            Files.deleteIfExists(journal);
            return new ProbeStage(null, new Baseline(tested.quality(), List.of(), null), List.of());
        } catch (IOException e) {
            throw new StorageException(journal, e);
        }
    }
}
