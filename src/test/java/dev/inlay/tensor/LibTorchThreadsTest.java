package dev.inlay.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.bytedeco.pytorch.global.torch;
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

    /** As a thread is for a moment that sets a number for itself alone. */
    @Test
    void aNewThreadHasTheNumberOfTheProcessWhateverLibTorchNotedLast() {
        int common = LibTorch.threads();
        try {
            inNewThread(() -> {
                torch.set_num_threads(common + 1);
                return 0;
            });
            int[] fresh = new int[1];
            assertThat(inNewThread(() -> {
                        fresh[0] = LibTorch.threads();
                        return torch.get_num_threads();
                    }))
                    .isEqualTo(common);
            assertThat(fresh[0]).isEqualTo(common);
        } finally {
            LibTorch.threads(common);
        }
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
