package dev.inlay.train.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.Inlay;
import dev.inlay.config.RunConfig;
import dev.inlay.error.StoppedException;
import dev.inlay.progress.Progress;
import dev.inlay.record.RunRecord;
import dev.inlay.record.RunStatus;
import dev.inlay.train.RunObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of other labels than one class, stopped after every few steps. */
class LabelResumeTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "task: count, labels: multi",
                "task: distance, labels: numbers",
                "task: segmentation, labels: masks, size: 64",
                "task: segmentation, labels: masks, size: 64, augment: {flip: true, minScale: 0.5, maxScale: 2}"
            })
    void aRunThatWasStoppedEndsWithTheSameTaskToTheByte(String data) throws IOException {
        RunConfig config = RunConfig.parse(
                """
                threads: 1
                data: {%s, train: 64, validation: 40, test: 40, workers: 1}
                method: {type: lora, rank: 2}
                train: {epochs: 2, batchSize: 16, learningRate: 1.0e-2, select: best, ema: 0.5,
                  journal: {everySteps: 1, everySeconds: 0}}
                search: {grid: {train.learningRate: [1.0e-2, 2.0e-2]}}
                """
                        .formatted(data),
                folder,
                List.of());
        RunRecord whole = Inlay.tune(config, folder.resolve("whole"));
        AtomicInteger steps = new AtomicInteger();
        RunObserver stopping = RunObserver.of(Progress.NONE, new RunStatus(), () -> steps.incrementAndGet() % 7 == 0);
        assertThatThrownBy(() -> Inlay.tune(config, folder.resolve("parts"), stopping))
                .isInstanceOf(StoppedException.class);
        assertThatThrownBy(() -> Inlay.tune(config, folder.resolve("parts"), stopping))
                .isInstanceOf(StoppedException.class);
        RunRecord parts = Inlay.tune(config, folder.resolve("parts"));
        assertThat(parts.test()).isEqualTo(whole.test());
        assertThat(Files.readAllBytes(folder.resolve("parts/task.safetensors")))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole/task.safetensors")));
    }
}
