package dev.inlay.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.InlayException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class BlobLockTest {
    @TempDir
    private Path folder;

    @Test
    void anotherProcessIsWaitedForUntilItDies() throws Exception {
        Path file = folder.resolve("locks/a.lock");
        Process holder = holder(file);
        AtomicInteger waits = new AtomicInteger();
        try (BufferedReader out = holder.inputReader(UTF_8)) {
            assertThat(out.readLine()).isEqualTo("locked");
            Timing timing = timing(waited -> {
                if (waits.incrementAndGet() == 3) {
                    holder.destroyForcibly();
                }
                Thread.sleep(10);
            });
            BlobLock.take(file, timing).close();
            assertThat(waits).hasValueGreaterThanOrEqualTo(3);
            assertThat(holder.waitFor()).isNotZero();
        } finally {
            holder.destroyForcibly();
        }
    }

    @Test
    void aLockThatCannotBeMadeLeavesNothingHeld() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("file"), "");
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> BlobLock.take(inTheWay.resolve("a.lock"), timing(waited -> {
                        throw new AssertionError("held by the first attempt");
                    })))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("cannot lock");
        }
    }

    private static Timing timing(Timing.Sleep sleep) {
        Timing real = Timing.REAL;
        return new Timing(real.connect(), real.answer(), real.silence(), real.clock(), sleep);
    }

    private static Process holder(Path file) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        file.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** The other process. */
    static final class Holder {
        private Holder() {}

        /** Takes the lock that the argument names and keeps it. */
        public static void main(String[] args) throws Exception {
            try (BlobLock lock = BlobLock.take(Path.of(args[0]), Timing.REAL)) {
                System.out.println(lock == null ? "" : "locked");
                Thread.sleep(Duration.ofMinutes(1).toMillis());
            }
        }
    }
}
