package dev.inlay.benchmark;

import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * How fast pictures are decoded and resized to 224 x 224 (bicubic), on several threads; {@code scripts/peer_decode.py} does the
 * same with Pillow.
 *
 * <p>Arguments: a folder of pictures, the number of threads, of turns, and of seconds that a turn takes at least. Prints, for
 * each turn, pictures per second and the processor time of one.
 */
public final class DecodeThroughput {
    private static final int PIXELS = 224;

    private DecodeThroughput() {}

    public static void main(String[] arguments) throws Exception {
        List<Path> files = files(Path.of(arguments[0]));
        int threads = Integer.parseInt(arguments[1]);
        int turns = Integer.parseInt(arguments[2]);
        double seconds = Double.parseDouble(arguments[3]);
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            // the first turn is for the compiler
            for (int turn = 0; turn <= turns; turn++) {
                turn(files, threads, seconds, workers, turn);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private static void turn(List<Path> files, int threads, double seconds, ExecutorService workers, int turn)
            throws Exception {
        AtomicInteger next = new AtomicInteger();
        long start = System.nanoTime();
        long processor = processorNanos();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            running.add(workers.submit(() -> decode(files, next, start + (long) (seconds * 1e9))));
        }
        for (Future<?> run : running) {
            run.get();
        }
        int done = next.get();
        System.out.printf(
                Locale.ROOT,
                "%s: %.0f pictures/s, %.2f ms of a processor each%n",
                turn == 0 ? "warm-up" : "turn " + turn,
                done / ((System.nanoTime() - start) * 1e-9),
                (processorNanos() - processor) * 1e-6 / done);
    }

    private static void decode(List<Path> files, AtomicInteger next, long end) {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        ImageTransform transform = ImageTransform.direct(PIXELS, PIXELS, Normalization.IMAGENET, ExifOrientation.APPLY);
        while (System.nanoTime() < end) {
            RawImage picture = decoder.decode(files.get(next.getAndIncrement() % files.size()));
            if (transform.prepare(picture).width() != PIXELS) {
                throw new IllegalStateException("not resized");
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    private static long processorNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
