package dev.inlay.bench;

import dev.inlay.error.InlayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * What share of its time this thread spends inside LibTorch, sampled by the JVM's flight recorder. It looks where the
 * thread is every few milliseconds without waiting for a safe point: in Java ({@code jdk.ExecutionSample}), or in native
 * code ({@code jdk.NativeMethodSample}), which is LibTorch's if the native method belongs to the presets. The gradients
 * of a backward pass on a CPU are computed in the thread that asks for them, so they count, too.
 */
final class NativeShare {
    private static final String JAVA = "jdk.ExecutionSample";
    private static final String NATIVE = "jdk.NativeMethodSample";
    private static final String PRESETS = "org.bytedeco.";
    private static final Duration PERIOD = Duration.ofMillis(10);

    private NativeShare() {}

    /**
     * Runs {@code work} again and again.
     *
     * @param atLeast how long
     * @return in [0, 1]; empty if this JVM has no flight recorder, or nothing was sampled
     * @throws InlayException if the recording cannot be written or read
     */
    static OptionalDouble of(Runnable work, Duration atLeast) {
        if (!FlightRecorder.isAvailable()) {
            return OptionalDouble.empty();
        }
        try {
            Path file = Files.createTempFile("inlay-bench", ".jfr");
            try (Recording recording = new Recording()) {
                recording.enable(JAVA).withPeriod(PERIOD);
                recording.enable(NATIVE).withPeriod(PERIOD);
                recording.start();
                long begin = System.nanoTime();
                do {
                    work.run();
                } while (System.nanoTime() - begin < atLeast.toNanos());
                recording.stop();
                recording.dump(file);
                return share(file, Thread.currentThread().getId());
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new InlayException("cannot record where the time goes: " + e, e);
        }
    }

    private static OptionalDouble share(Path file, long thread) throws IOException {
        long all = 0;
        long inLibTorch = 0;
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
            String type = event.getEventType().getName();
            if (!type.equals(JAVA) && !type.equals(NATIVE)) {
                continue;
            }
            RecordedThread sampled = event.getThread("sampledThread");
            if (sampled == null || sampled.getJavaThreadId() != thread) {
                continue;
            }
            all++;
            if (type.equals(NATIVE) && isOfPresets(event.getStackTrace())) {
                inLibTorch++;
            }
        }
        return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) inLibTorch / all);
    }

    private static boolean isOfPresets(RecordedStackTrace trace) {
        if (trace == null || trace.getFrames().isEmpty()) {
            return false;
        }
        RecordedFrame top = trace.getFrames().get(0);
        return top.getMethod().getType().getName().startsWith(PRESETS);
    }
}
