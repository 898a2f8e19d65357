package dev.inlay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.progress.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
    private final StringWriter err = new StringWriter();
    private long now;

    @Test
    void withoutATerminalALineIsPrintedNowAndThen() {
        Progress progress = new ConsoleProgress(new PrintWriter(err), false, () -> now);
        try (Progress.Task task = progress.start("train", Progress.Unit.STEPS, 100)) {
            task.at(1);
            seconds(9);
            task.at(9);
            assertThat(err.toString()).isEmpty();
            task.note("loss 0.5");
            seconds(1);
            task.at(10);
            seconds(5);
            task.at(15);
            task.at(100);
        }
        assertThat(err.toString().lines())
                .containsExactly(
                        "train: 10 of 100 steps, 1:40 min left, loss 0.5", "train: done after 0:15 min, loss 0.5");
    }

    @Test
    void workThatStopsEarlySaysSo() {
        Progress progress = new ConsoleProgress(new PrintWriter(err), false, () -> now);
        try (Progress.Task task = progress.start("score", Progress.Unit.BATCHES, 16)) {
            task.at(3);
            seconds(3700);
        }
        assertThat(err.toString().strip()).isEqualTo("score: stopped at 3 of 16 batches after 1:01 h");
    }

    @Test
    void bytesAreShownInMegabytes() {
        Progress progress = new ConsoleProgress(new PrintWriter(err), false, () -> now);
        try (Progress.Task task = progress.start("model.safetensors", Progress.Unit.MB, 22_900_000)) {
            task.at(0);
            seconds(10);
            task.at(11_450_000);
        }
        assertThat(err.toString().lines())
                .containsExactly(
                        "model.safetensors: 11 of 22 MB, 0:10 min left",
                        "model.safetensors: stopped at 11 of 22 MB after 0:10 min");
    }

    @Test
    void aLineOnATerminalReplacesTheBarWhichIsDrawnAgainBelow() {
        new ConsoleProgress(new PrintWriter(err), true, () -> now).line("epoch 1/2");
        new ConsoleProgress(new PrintWriter(err), false, () -> now).line("epoch 2/2");
        assertThat(err.toString().lines()).containsExactly("", "\u001b[Kepoch 1/2", "epoch 2/2");
    }

    private void seconds(long seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }
}
