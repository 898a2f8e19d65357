package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.data.transform.MaskAugmentation;
import dev.inlay.error.DataException;
import dev.inlay.progress.Progress;
import dev.inlay.random.Key;
import java.util.Arrays;

/**
 * A data set whose images have masks, through a transform. Every image and its mask are decoded once before training, so that bad
 * ones are known early; images are kept as long as memory allows, and both are drawn anew at every reading.
 */
public final class MaskedExamples extends CheckedExamples {
    private final MaskAugmentation augmentation;
    private final long seed;
    private final long[] pixels;

    private MaskedExamples(
            Dataset dataset,
            ImageTransform transform,
            MaskAugmentation augmentation,
            long seed,
            FirstPass pass,
            long[] pixels) {
        super(dataset, transform, pass);
        this.augmentation = augmentation;
        this.seed = seed;
        this.pixels = pixels;
    }

    /**
     * Decodes every image and mask of a data set.
     *
     * @param dataset what to decode
     * @param transform from decoded images to normalised numbers, a resize to the size that the backbone takes
     * @param augmentation what epochs of training add at random; {@link MaskAugmentation#NONE} for evaluation
     * @param seed of the augmentation
     * @param decoding threads and memory
     * @param progress counts the images
     * @return those that can be used; the caller looks at {@link #skipped}
     */
    public static MaskedExamples decode(
            Dataset dataset,
            ImageTransform transform,
            MaskAugmentation augmentation,
            long seed,
            DecodingOptions decoding,
            Progress progress) {
        long[] pixels = new long[dataset.labels().size()];
        FirstPass pass = new FirstPass(
                dataset.size(),
                i -> {
                    RawImage image = dataset.image(i);
                    Mask mask = dataset.mask(i);
                    if (mask.width() != image.width() || mask.height() != image.height()) {
                        throw new DataException(dataset.id(i) + ": the image has " + image.width() + " x "
                                + image.height() + " pixels, its mask " + mask.width() + " x " + mask.height()
                                + "; both must have one size");
                    }
                    synchronized (pixels) {
                        mask.addCounts(pixels);
                    }
                    return image;
                },
                decoding.cacheBytes());
        pass.run(decoding.threads(), progress);
        return new MaskedExamples(dataset, transform, augmentation, seed, pass, pixels);
    }

    @Override
    RawImage decoded(int index) {
        return dataset().image(index);
    }

    private boolean isDrawn(int epoch) {
        return epoch != EVALUATION && !augmentation.equals(MaskAugmentation.NONE);
    }

    private Key key(int i, int epoch, int again) {
        return Key.of(seed, "augment").at(epoch).at(i).at(again);
    }

    @Override
    public int label(int i) {
        throw new IllegalStateException("every pixel has a class of its own");
    }

    @Override
    public float[] target(int i) {
        return target(i, EVALUATION, 0);
    }

    @Override
    public float[] target(int i, int epoch, int again) {
        MaskAugmentation drawn = isDrawn(epoch) ? augmentation : MaskAugmentation.NONE;
        byte[] values = drawn.mask(transform(), mask(i), LabelSpace.PixelClasses.IGNORED, key(i, epoch, again))
                .values();
        float[] target = new float[values.length];
        for (int pixel = 0; pixel < values.length; pixel++) {
            target[pixel] = values[pixel] & 0xff;
        }
        return target;
    }

    @Override
    public Mask mask(int i) {
        return dataset().mask(indices()[i]);
    }

    @Override
    public long[] classPixels() {
        return pixels.clone();
    }

    @Override
    public void read(int i, int epoch, int again, float[] out, int offset) {
        try {
            if (isDrawn(epoch)) {
                augmentation.image(transform(), image(i), key(i, epoch, again), out, offset);
            } else {
                transform().apply(image(i), out, offset);
            }
        } catch (DataException e) {
            throw new DataException(id(i) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean repeats() {
        return augmentation.equals(MaskAugmentation.NONE);
    }

    @Override
    public String fingerprint() {
        return new Fingerprint()
                .with(dataset().fingerprint())
                .with(transform().toString())
                .with(augmentation.toString())
                .with(seed)
                .with(Arrays.toString(indices()))
                .hex();
    }
}
