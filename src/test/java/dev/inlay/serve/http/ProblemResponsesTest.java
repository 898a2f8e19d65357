package dev.inlay.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.read.ListAppender;
import dev.inlay.error.DataException;
import dev.inlay.error.DeadlineException;
import dev.inlay.error.InlayException;
import dev.inlay.error.OverloadException;
import dev.inlay.error.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ProblemResponsesTest {
    private static List<ILoggingEvent> loggedBy(Supplier<Problem> asked) {
        Logger logger = (Logger) LoggerFactory.getLogger(ProblemResponses.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            Problem told = asked.get();
            return lines.list.stream()
                    .filter(line -> line.getThrowableProxy() != null)
                    .filter(line -> told.detail()
                            .endsWith("; the service's log says more under "
                                    + line.getFormattedMessage().replace("failure ", "")))
                    .toList();
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void wantOfMemoryIsTheServicesWhateverWrapsIt() {
        for (Throwable failure : new Throwable[] {
            new OutOfMemoryError("Java heap space"),
            new RuntimeException("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4194304000 bytes."),
            new CompletionException(new InlayException("the batch could not be computed", new OutOfMemoryError("x"))),
        }) {
            assertThat(ProblemResponses.of(failure).status())
                    .as(failure.toString())
                    .isEqualTo(503);
        }
        assertThat(ProblemResponses.of(new DataException("image 1 is truncated"))
                        .status())
                .isEqualTo(422);
        assertThat(ProblemResponses.of(new IllegalStateException("bug")).status())
                .isEqualTo(500);
    }

    @Test
    void whatTheServiceFailsAtIsInTheLogUnderTheIdThatIsTold() {
        for (Throwable failure : List.of(
                new IllegalStateException("bug"),
                new OutOfMemoryError("Java heap space"),
                new DeadlineException("a", Duration.ofMillis(1)),
                new StorageException(Path.of("a"), new IOException("No space left on device")))) {
            for (Throwable thrown : List.of(failure, new CompletionException(failure))) {
                assertThat(loggedBy(() -> ProblemResponses.of(thrown)))
                        .as(thrown.toString())
                        .hasSize(1)
                        .allMatch(line -> ((ThrowableProxy) line.getThrowableProxy()).getThrowable() == failure);
            }
        }
        IllegalStateException bug = new IllegalStateException("of the server");
        assertThat(loggedBy(() -> ProblemResponses.ofServer(500, null, bug))).hasSize(1);
    }

    @Test
    void whatIsRefusedIsNotInTheLog() {
        for (Throwable refusal : List.of(
                new DataException("image 1 is truncated"),
                new OverloadException("too much waits"),
                new CancellationException(),
                ProblemResponses.stopping().refused())) {
            assertThat(loggedBy(() -> ProblemResponses.of(refusal)))
                    .as(refusal.toString())
                    .isEmpty();
            assertThat(ProblemResponses.of(refusal).detail()).doesNotContain("log");
        }
    }
}
