package dev.inlay.train.run;

import dev.inlay.data.transform.ImageTransform;
import dev.inlay.record.RunRecord;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a finished run leaves.
 *
 * @param record all about the run
 * @param task the task file
 * @param height of the images below
 * @param width of the images below
 * @param images index of each mistake, or of each of the worst images, in the test split to what the backbone saw, (3, H, W)
 *     normalised
 * @param masks index of each of the worst images in the test split to its masks; empty unless the labels are masks
 * @param insights into the mistakes; none without a transform
 * @param transform how it was normalised; empty for ready-made tensors
 */
public record TuneOutcome(
        RunRecord record,
        Path task,
        int height,
        int width,
        Map<Integer, float[]> images,
        Map<Integer, MaskedImage> masks,
        MistakeInsights insights,
        Optional<ImageTransform> transform) {}
