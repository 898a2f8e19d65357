package dev.inlay.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryExceptionTest {
    @Test
    void aFullHeapNamesItsLimitAndTheSwitch() {
        assertThat(MemoryException.of(new OutOfMemoryError("Java heap space")))
                .get()
                .hasToString(MemoryException.class.getName() + ": out of memory: Java's heap of at most "
                        + (Runtime.getRuntime().maxMemory() >> 20)
                        + " MiB is full; give it more, such as INLAY_JAVA_OPTS=-Xmx8g, or keep fewer images in memory with"
                        + " data.cacheMegabytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"
                        + " allocate 4194304000 bytes. Error code 12 (Cannot allocate memory)",
                "DefaultCPUAllocator: not enough memory: you tried to allocate 4194304000 bytes.",
                "std::bad_alloc",
                "OpenCV(4.13.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 4194304000 bytes in"
                        + " function 'OutOfMemoryError'",
                "Insufficient memory (case 4)",
            })
    void nativeLibrariesSayItInTheirOwnWords(String said) {
        for (Throwable failure : new Throwable[] {
            new RuntimeException(said),
            new IOException(said),
            new CompletionException(new IllegalStateException("worker", new RuntimeException(said)))
        }) {
            assertThat(MemoryException.of(failure))
                    .get()
                    .satisfies(told -> assertThat(told.getMessage())
                            .startsWith("out of memory outside Java's heap")
                            .contains("train.batchSize", "train.memory: recompute")
                            .doesNotContain("alloc.cpp"))
                    .satisfies(told -> assertThat(told).hasCause(failure));
        }
        assertThat(MemoryException.of(new RuntimeException(said)).orElseThrow().getMessage())
                .matches(message -> !said.contains("4194304000") || message.contains("cannot give another 4000 MiB"));
    }

    @Test
    void theGpuAndThreadsHaveWordsOfTheirOwn() {
        assertThat(MemoryException.of(new RuntimeException("CUDA out of memory. Tried to allocate 2.00 GiB")))
                .get()
                .satisfies(told -> assertThat(told.getMessage()).startsWith("out of memory on the GPU"));
        assertThat(MemoryException.of(new OutOfMemoryError("unable to create native thread: possibly out of memory")))
                .get()
                .satisfies(told -> assertThat(told.getMessage()).contains("no more threads"));
    }

    @Test
    void otherFailuresAreNone() {
        assertThat(MemoryException.of(new RuntimeException("shape mismatch"))).isEmpty();
        assertThat(MemoryException.of(new RuntimeException((String) null))).isEmpty();
        assertThat(MemoryException.of(new ConfigException("cuts batches while out of memory")))
                .isEmpty();
        MemoryException.throwIfBehind(new IOException("truncated"));
        assertThatThrownBy(() -> MemoryException.throwIfBehind(new IOException("Insufficient memory (case 4)")))
                .isInstanceOf(MemoryException.class);
    }
}
