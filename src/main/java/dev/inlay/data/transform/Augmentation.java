package dev.inlay.data.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.inlay.data.RawImage;
import dev.inlay.random.Key;
import java.util.SplittableRandom;

/**
 * What training does to images at random, on top of an {@link ImageTransform}, in this order.
 *
 * @param crop where the crop is taken
 * @param flip probability of exchanging left and right, in [0, 1]
 * @param verticalFlip probability of exchanging top and bottom, in [0, 1]
 * @param randAugment which operations change the 8-bit crop
 * @param colorJitter how its colours change
 * @param randomErasing what is erased of the normalised crop
 */
public record Augmentation(
        TrainCrop crop,
        double flip,
        double verticalFlip,
        RandAugment randAugment,
        ColorJitter colorJitter,
        RandomErasing randomErasing) {
    /** Nothing random: training sees what evaluation sees. */
    public static final Augmentation NONE = new Augmentation(new TrainCrop.Center(), 0);

    /**
     * @throws IllegalArgumentException if a probability is not in [0, 1]
     */
    public Augmentation {
        Probability.check("flip", flip);
        Probability.check("verticalFlip", verticalFlip);
    }

    /**
     * A crop and a flip.
     *
     * @throws IllegalArgumentException if {@code flip} is not in [0, 1]
     */
    public Augmentation(TrainCrop crop, double flip) {
        this(crop, flip, 0, RandAugment.NONE, ColorJitter.NONE, RandomErasing.NONE);
    }

    /** True if it changes nothing. */
    @JsonIgnore
    public boolean isNone() {
        return crop instanceof TrainCrop.Center
                && flip == 0
                && verticalFlip == 0
                && !changesPixels()
                && randomErasing.isNone();
    }

    /** Names only what is random beyond crop and flip, so that the fingerprints of images stay what they were without it. */
    @Override
    public String toString() {
        return "Augmentation[crop=" + crop + ", flip=" + flip
                + (verticalFlip == 0 ? "" : ", verticalFlip=" + verticalFlip)
                + (randAugment.isNone() ? "" : ", randAugment=" + randAugment)
                + (colorJitter.isNone() ? "" : ", colorJitter=" + colorJitter)
                + (randomErasing.isNone() ? "" : ", randomErasing=" + randomErasing)
                + ']';
    }

    /** True if {@link #finish} needs images in their original size, not what {@link ImageTransform#prepare} gives. */
    public boolean needsOriginal() {
        return crop instanceof TrainCrop.Resized;
    }

    /**
     * Refuses a transform without 8-bit crops if these are changed.
     *
     * @throws IllegalArgumentException if so
     */
    public void requireFits(ImageTransform transform) {
        if (transform.resize().interpolation() == Interpolation.TF1 && changesPixels()) {
            throw new IllegalArgumentException("tf1 has no 8-bit crops, which " + this + " changes");
        }
    }

    private boolean changesPixels() {
        return !randAugment.isNone() || !colorJitter.isNone();
    }

    /**
     * Draws all changes and normalises the result.
     *
     * @param transform sizes, interpolation and normalisation
     * @param image prepared by {@code transform}, or the original if {@link #needsOriginal}
     * @param key the only source of randomness: equal keys, equal results
     * @param out receives (3, height, width) numbers from {@code offset}
     */
    public void finish(ImageTransform transform, RawImage image, Key key, float[] out, int offset) {
        cropped(transform, image, key, out, offset);
        if (!randomErasing.isNone()) {
            randomErasing.apply(out, offset, transform.height(), transform.width(), key.at("randomErasing"));
        }
    }

    private void cropped(ImageTransform transform, RawImage image, Key key, float[] out, int offset) {
        SplittableRandom random = key.stream();
        boolean mirrored = random.nextDouble() < flip;
        boolean upsideDown = key.at("verticalFlip").uniform() < verticalFlip;
        if (crop instanceof TrainCrop.Resized resized) {
            ImageTransform direct = new ImageTransform(
                    new Resize.Exact(
                            transform.height(),
                            transform.width(),
                            transform.resize().interpolation()),
                    transform.height(),
                    transform.width(),
                    transform.normalization(),
                    transform.exifOrientation());
            RawImage part = resized.draw(image.height(), image.width(), random).cut(image);
            direct.crop(changed(direct, direct.prepare(part), key), 0, 0, mirrored, upsideDown, out, offset);
            return;
        }
        boolean anywhere = crop instanceof TrainCrop.Anywhere;
        int top = anywhere ? random.nextInt(transform.roomBelow(image) + 1) : transform.centerTop(image);
        int left = anywhere ? random.nextInt(transform.roomRight(image) + 1) : transform.centerLeft(image);
        if (changesPixels()) {
            RawImage part = new TrainCrop.Box(top, left, transform.height(), transform.width()).cut(image);
            transform.crop(changed(transform, part, key), 0, 0, mirrored, upsideDown, out, offset);
        } else {
            transform.crop(image, top, left, mirrored, upsideDown, out, offset);
        }
    }

    /** A changed crop. Its flips come after; the order makes no difference to what is how likely. */
    private RawImage changed(ImageTransform transform, RawImage part, Key key) {
        RawImage result = part;
        if (!randAugment.isNone()) {
            PillowAffine affine = new PillowAffine(
                    transform.resize().interpolation(),
                    transform.normalization().meanColor());
            result = randAugment.apply(result, key.at("randAugment"), affine);
        }
        return colorJitter.isNone() ? result : colorJitter.apply(result, key.at("colorJitter"));
    }
}
