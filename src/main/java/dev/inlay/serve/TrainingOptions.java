package dev.inlay.serve;

import dev.inlay.data.image.ImageLimits;
import dev.inlay.error.ConfigException;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits of a {@link TaskTrainer}.
 *
 * @param maxWaiting most jobs that wait while one runs, at least 1
 * @param maxBodyBytes longest body of a request, 1 to 512 MiB
 * @param maxImages most images of a job, at least 2
 * @param maxClasses most classes of a job, at least 2
 * @param images what an image may ask for
 * @param maxEpochs most passes over the images, at least 1
 * @param threads of LibTorch that a job computes with, at least 1
 */
public record TrainingOptions(
        int maxWaiting,
        int maxBodyBytes,
        int maxImages,
        int maxClasses,
        ImageLimits images,
        int maxEpochs,
        int threads) {
    /** 8 jobs waiting; 64 MiB, 1,000 images, 100 classes; 25 million pixels; 1,000 epochs; one thread. */
    public static final TrainingOptions DEFAULT =
            new TrainingOptions(8, 64 << 20, 1000, 100, ImageLimits.DEFAULT.withMaxPixels(25_000_000), 1000, 1);

    private static final int MAX = Integer.MAX_VALUE;
    private static final int MAX_BYTES = 1 << 29;

    /**
     * Checks every component.
     *
     * @throws ConfigException naming every value out of range
     */
    public TrainingOptions {
        List<String> problems = new ArrayList<>();
        requireIn("maxWaiting", maxWaiting, 1, MAX, problems);
        requireIn("maxBodyBytes", maxBodyBytes, 1, MAX_BYTES, problems);
        requireIn("maxImages", maxImages, 2, MAX, problems);
        requireIn("maxClasses", maxClasses, 2, MAX, problems);
        requireIn("maxEpochs", maxEpochs, 1, MAX, problems);
        requireIn("threads", threads, 1, MAX, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException("options of training", problems);
        }
    }

    private static void requireIn(String name, int value, int least, int most, List<String> problems) {
        if (value < least || value > most) {
            problems.add(name + ": expected " + least + " to " + most + ", found " + value);
        }
    }
}
