package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Decodes every image once, in parallel, and keeps what fits. */
final class FirstPass {
    private final IntFunction<RawImage> images;
    private final RawImage[] kept;
    private final String[] problems;
    private final long cacheBytes;
    private final AtomicLong keptBytes = new AtomicLong();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    /**
     * @param size how many images there are
     * @param images gives each, or throws {@link DataException}
     * @param cacheBytes bound on the samples kept
     */
    FirstPass(int size, IntFunction<RawImage> images, long cacheBytes) {
        this.images = images;
        this.kept = new RawImage[size];
        this.problems = new String[size];
        this.cacheBytes = cacheBytes;
    }

    void run(int threads, Progress progress) {
        try (Progress.Task task = progress.start("decode", Progress.Unit.IMAGES, kept.length);
                Workers workers = new Workers("inlay-decode", threads)) {
            List<Future<Void>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                results.add(workers.submit(() -> decodeUntilDone(task)));
            }
            results.forEach(Workers::await);
        }
    }

    /** Image {@code i}, or null if it did not fit or is bad. */
    RawImage kept(int i) {
        return kept[i];
    }

    /** The images that can be used. */
    int[] usable() {
        return IntStream.range(0, problems.length)
                .filter(i -> problems[i] == null)
                .toArray();
    }

    /** The images that cannot be used. */
    List<BadImage> bad(Dataset dataset) {
        return IntStream.range(0, problems.length)
                .filter(i -> problems[i] != null)
                .mapToObj(i -> new BadImage(dataset.id(i), problems[i]))
                .toList();
    }

    long keptBytes() {
        return keptBytes.get();
    }

    private Void decodeUntilDone(Progress.Task task) {
        for (int i = started.getAndIncrement();
                i < kept.length && !Thread.currentThread().isInterrupted();
                i = started.getAndIncrement()) {
            try {
                keep(i, images.apply(i));
            } catch (DataException e) {
                problems[i] = e.getMessage();
            }
            task.at(done.incrementAndGet());
        }
        return null;
    }

    private void keep(int i, RawImage image) {
        int bytes = image.rgb().length;
        if (keptBytes.addAndGet(bytes) <= cacheBytes) {
            kept[i] = image;
        } else {
            keptBytes.addAndGet(-bytes);
        }
    }
}
