package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LibTorchThreadsTest {
    @Test
    void aThreadHasThreadsOfItsOwnAndTheOthersKeepTheirs() {
        int before = LibTorch.threads();
        int other = before + 3;
        int here = inNewThread(() -> {
            LibTorch.threadsHere(other);
            return LibTorch.threads();
        });
        assertThat(here).isEqualTo(other);
        assertThat(LibTorch.threads()).isEqualTo(before);
        assertThat(inNewThread(LibTorch::threads)).isEqualTo(before);
    }

    private static int inNewThread(java.util.function.Supplier<Integer> task) {
        CompletableFuture<Integer> result = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        result.complete(task.get());
                    } catch (RuntimeException e) {
                        result.completeExceptionally(e);
                    }
                })
                .start();
        return result.join();
    }
}
