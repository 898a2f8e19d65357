package dev.inlay.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ProblemsTest {
    @Test
    void wantOfMemoryIsTheServicesWhateverWrapsIt() {
        for (Throwable failure : new Throwable[] {
            new OutOfMemoryError("Java heap space"),
            new RuntimeException("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4194304000 bytes."),
            new CompletionException(new InlayException("the batch could not be computed", new OutOfMemoryError("x"))),
        }) {
            assertThat(Problems.of(failure).status()).as(failure.toString()).isEqualTo(503);
        }
        assertThat(Problems.of(new DataException("picture 1 is truncated")).status())
                .isEqualTo(422);
        assertThat(Problems.of(new IllegalStateException("bug")).status()).isEqualTo(500);
    }
}
