package dev.inlay.tensorboard;

import dev.inlay.record.EpochRecord;
import dev.inlay.record.Quality;
import dev.inlay.record.Split;
import dev.inlay.train.RunObserver;
import dev.inlay.train.StepResult;
import dev.inlay.train.Training;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes the scalars of a run for TensorBoard, in a folder for each of its trainings. A resumed run continues the files, without a step
 * twice. {@code docs/run-output.md} lists the tags.
 */
public final class TensorBoard implements RunObserver, AutoCloseable {
    private final Path folder;
    private final Map<String, EventFile> files = new HashMap<>();

    /**
     * Nothing is written before the first step.
     *
     * @param folder of one run; what {@code tensorboard --logdir} is given, or below it
     */
    public TensorBoard(Path folder) {
        this.folder = folder;
    }

    @Override
    public void onStep(Training training, long step, StepResult result) {
        EventFile file = file(training);
        file.scalar("train/loss", step, result.loss());
        file.scalar("train/learning_rate", step, result.learningRate());
    }

    @Override
    public void onEpoch(Training training, EpochRecord epoch) {
        EventFile file = file(training);
        if (epoch.trainTop1() != null) {
            file.scalar("train/top1", epoch.epoch(), epoch.trainTop1());
        }
        file.scalar("train/images_per_second", epoch.epoch(), epoch.examplesPerSecond());
        if (epoch.gradientNorm() != null) {
            file.scalar("train/gradient_norm", epoch.epoch(), epoch.gradientNorm());
        }
        if (epoch.validationTop1() != null) {
            file.scalar("validation/top1", epoch.epoch(), epoch.validationTop1());
        }
    }

    @Override
    public void onEvaluation(Training training, int epoch, Split split, Quality quality) {
        EventFile file = file(training);
        quality.snakeCase().forEach((name, value) -> file.scalar(split + "/" + name, epoch, value));
    }

    private EventFile file(Training training) {
        return files.computeIfAbsent(
                training.name(), name -> EventFile.in(folder.resolve(name.replace(' ', '_')), Clock.systemUTC()));
    }

    @Override
    public void close() {
        files.values().forEach(EventFile::close);
        files.clear();
    }
}
