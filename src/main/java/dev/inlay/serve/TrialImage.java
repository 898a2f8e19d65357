package dev.inlay.serve;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.RawImage;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.error.MemoryException;
import dev.inlay.task.TaskInfo;
import dev.inlay.tuning.mixed.BatchTimes;
import dev.inlay.tuning.mixed.BatchableTuning;
import dev.inlay.tuning.mixed.MixedBatch;
import java.util.List;
import java.util.SplittableRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One image computed by a task before anybody asks it, so that what is wrong with the task is not found by its clients. */
final class TrialImage {
    private static final Logger LOG = LoggerFactory.getLogger(TrialImage.class);
    private static final int SIDE = 64;

    private TrialImage() {}

    /**
     * @param source what to call the task in errors
     * @return how many numbers the task gives for an image
     * @throws DataException if the task cannot be computed, or gives numbers that are not finite
     * @throws MemoryException if memory ran out, which is no fault of the task
     */
    static int run(String source, Backbone backbone, TaskInfo info, BatchableTuning tuning) {
        float[] pixels = new float[3 * backbone.height() * backbone.width()];
        info.transform().ifPresentOrElse(transform -> transformed(transform, pixels), () -> drawn(pixels));
        float[] logits;
        try {
            logits = MixedBatch.compute(backbone, List.of(tuning), pixels, new BatchTimes())
                    .get(0)
                    .logits();
        } catch (RuntimeException e) {
            MemoryException.throwIfBehind(e);
            LOG.warn("{} could not compute an image", source, e);
            throw new DataException(
                    source + ": an image for trial could not be computed; it does not fit its backbone", e);
        }
        for (int label = 0; label < logits.length; label++) {
            if (!Float.isFinite(logits[label])) {
                throw new DataException(source + ": expected finite numbers for an image for trial, found the logit "
                        + logits[label] + " of class "
                        + label / (logits.length / info.labels().size())
                        + "; its weights or its normalization are damaged or too large, train it anew");
            }
        }
        return logits.length;
    }

    /** Black, white and everything between. */
    private static void transformed(ImageTransform transform, float[] pixels) {
        byte[] rgb = new byte[3 * SIDE * SIDE];
        new SplittableRandom(0).nextBytes(rgb);
        transform.apply(new RawImage(SIDE, SIDE, rgb), pixels, 0);
    }

    private static void drawn(float[] pixels) {
        SplittableRandom random = new SplittableRandom(0);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextDouble(-2, 2);
        }
    }
}
