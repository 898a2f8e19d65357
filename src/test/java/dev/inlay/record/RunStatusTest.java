package dev.inlay.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunStatusTest {
    @Test
    void beginsWithNothingKnown() {
        RunStatus status = new RunStatus();
        assertThat(status.phase()).isEqualTo(Phase.LOAD);
        assertThat(status.examples()).isZero();
        assertThat(status.loss()).isNaN();
        assertThat(status.accuracy(Split.TRAIN)).isNaN();
        assertThat(status.nativeBytes()).isEmpty();
    }

    @Test
    void losesNoStepOfSeveralThreads() throws InterruptedException {
        RunStatus status = new RunStatus();
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int step = 0; step < 10_000; step++) {
                    status.step(3, 1, 1, 7);
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(status.steps()).isEqualTo(40_000);
        assertThat(status.examples()).isEqualTo(120_000);
        assertThat(status.stepNanos()).isEqualTo(280_000);
    }
}
