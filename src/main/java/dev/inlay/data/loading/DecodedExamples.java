package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.RawImage;
import dev.inlay.data.transform.Augmentation;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import dev.inlay.random.Key;

/**
 * A data set through a transform. Every image is decoded once before training, so that a bad one is known early, and
 * resized; the 8-bit result is kept as long as memory allows, and normalised (and augmented) at every reading.
 */
public final class DecodedExamples extends CheckedExamples {
    private final Augmentation augmentation;
    private final long seed;

    private DecodedExamples(
            Dataset dataset, ImageTransform transform, Augmentation augmentation, long seed, FirstPass pass) {
        super(dataset, transform, pass);
        this.augmentation = augmentation;
        this.seed = seed;
    }

    /**
     * Decodes every image of a data set.
     *
     * @param dataset what to decode
     * @param transform from decoded images to normalised numbers
     * @param augmentation what epochs of training add at random; {@link Augmentation#NONE} for evaluation
     * @param seed of the augmentation
     * @param decoding threads and memory
     * @param progress counts the images
     * @return those that can be decoded; the caller looks at {@link #skipped}
     * @throws IllegalArgumentException if the augmentation changes 8-bit crops, which the transform does not have
     */
    public static DecodedExamples decode(
            Dataset dataset,
            ImageTransform transform,
            Augmentation augmentation,
            long seed,
            DecodingOptions decoding,
            Progress progress) {
        augmentation.requireFits(transform);
        FirstPass pass =
                new FirstPass(dataset.size(), i -> decoded(dataset, transform, augmentation, i), decoding.cacheBytes());
        pass.run(decoding.threads(), progress);
        return new DecodedExamples(dataset, transform, augmentation, seed, pass);
    }

    @Override
    public int label(int i) {
        return dataset().label(indices()[i]);
    }

    @Override
    public float[] target(int i) {
        return dataset().target(indices()[i]);
    }

    @Override
    public void read(int i, int epoch, int again, float[] out, int offset) {
        RawImage image = image(i);
        if (epoch != EVALUATION && !augmentation.isNone()) {
            Key key = Key.of(seed, "augment").at(epoch).at(i);
            augmentation.finish(transform(), image, again == 0 ? key : key.at(again), out, offset);
        } else {
            transform().finish(augmentation.needsOriginal() ? transform().prepare(image) : image, out, offset);
        }
    }

    @Override
    public boolean repeats() {
        return augmentation.isNone();
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint = new Fingerprint()
                .with(dataset().fingerprint())
                .with(transform().toString())
                .with(augmentation.toString())
                .with(seed)
                .with(indices().length);
        for (int index : indices()) {
            fingerprint.with(index);
        }
        return fingerprint.hex();
    }

    @Override
    RawImage decoded(int index) {
        return decoded(dataset(), transform(), augmentation, index);
    }

    /** What is kept of image {@code index}: resized, or the original if the augmentation resizes parts of it. */
    private static RawImage decoded(Dataset dataset, ImageTransform transform, Augmentation augmentation, int index) {
        RawImage original = dataset.image(index);
        if (augmentation.needsOriginal()) {
            return original;
        }
        try {
            return transform.prepare(original);
        } catch (DataException e) {
            throw new DataException(dataset.id(index) + ": " + e.getMessage(), e);
        }
    }
}
