package dev.inlay.bench.study;

import dev.inlay.bench.Rounds;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.Normalization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How fast images are decoded and resized to 224 x 224 (bicubic), on several threads. */
@Command(
        name = "decoding",
        description = "Decodes the images of a folder on several threads and resizes them to 224 x 224 (bicubic);"
                + " bench/python/peer_decode.py does the same with Pillow.")
public final class DecodingStudy extends Study {
    private static final int PIXELS = 224;

    @Parameters(paramLabel = "FOLDER", description = "Images.")
    private Path folder;

    @Option(names = "--readers", paramLabel = "N", defaultValue = "2", description = "Threads; ${DEFAULT-VALUE}.")
    private int readers;

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "5", description = "Turns; ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "5",
            description = "How long a turn takes at least; ${DEFAULT-VALUE}.")
    private double seconds;

    @Override
    void measure() throws IOException {
        List<Path> files = files(folder);
        ExecutorService workers = Executors.newFixedThreadPool(readers);
        try {
            // the first turn is for the compiler
            for (int turn = 0; turn <= rounds; turn++) {
                turn(files, workers, turn);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private void turn(List<Path> files, ExecutorService workers, int turn) {
        Rounds round = Rounds.measure(1, () -> decoded(files, workers), 1);
        double done = round.results().get(0);
        print(
                "%s: %.0f images/s, %.2f ms of CPU each",
                turn == 0 ? "warm-up" : "turn " + turn,
                done / round.seconds().get(0),
                1e3 * round.processorSeconds().get(0) / done);
    }

    private int decoded(List<Path> files, ExecutorService workers) {
        AtomicInteger next = new AtomicInteger();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            running.add(workers.submit(() -> decode(files, next, end)));
        }
        await(running);
        return next.get();
    }

    private static void decode(List<Path> files, AtomicInteger next, long end) {
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        ImageTransform transform = ImageTransform.direct(PIXELS, PIXELS, Normalization.IMAGENET, ExifOrientation.APPLY);
        while (System.nanoTime() < end) {
            RawImage image = decoder.decode(files.get(next.getAndIncrement() % files.size()));
            if (transform.prepare(image).width() != PIXELS) {
                throw new IllegalStateException("not resized");
            }
        }
    }
}
