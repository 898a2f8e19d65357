package dev.inlay.train;

import dev.inlay.data.loading.Batch;
import dev.inlay.data.transform.TrainCrop.Box;
import dev.inlay.random.Key;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;

/**
 * Mixes a batch with itself in reverse, images and labels: mixup (Zhang et al., 2018) or CutMix (Yun et al., 2019), as timm
 * 1.0.29's {@code Mixup} does in batch mode.
 *
 * @param mixupAlpha a of the share λ from Beta(a, a) that an image keeps in mixup; 0 for no mixup
 * @param cutmixAlpha that of CutMix; 0 for no CutMix
 * @param probability that a batch is mixed, in [0, 1]
 * @param switchProbability that it is CutMix where both are on, in [0, 1]
 * @param offEpoch the first epoch, from 0, that is not mixed; 0 if all are
 */
public record Mixup(double mixupAlpha, double cutmixAlpha, double probability, double switchProbability, int offEpoch) {
    /** Mixes nothing. */
    public static final Mixup NONE = new Mixup(0, 0, 0, 0, 0);

    /** True if no batch is ever mixed. */
    public boolean isNone() {
        return mixupAlpha == 0 && cutmixAlpha == 0 || probability == 0;
    }

    /**
     * How a batch is mixed; all ranks draw the same.
     *
     * @param seed of the training
     * @param epoch from 0
     * @param number of the batch in its epoch, from 0
     * @param batch images (B, 3, H, W)
     * @throws IllegalArgumentException if it should be mixed and is not of images
     */
    Mix draw(long seed, int epoch, int number, Batch batch) {
        if (isNone() || offEpoch > 0 && epoch >= offEpoch) {
            return Mix.NONE;
        }
        if (batch.step() > 0) {
            throw new IllegalArgumentException("images are mixed, not what step " + batch.step() + " takes");
        }
        int height = Math.toIntExact(batch.input().size(2));
        int width = Math.toIntExact(batch.input().size(3));
        SplittableRandom random = Key.of(seed, "mixup").at(epoch).at(number).stream();
        if (random.nextDouble() >= probability) {
            return Mix.NONE;
        }
        boolean cuts = random.nextDouble() < switchProbability ? cutmixAlpha > 0 : mixupAlpha == 0;
        double share = beta(cuts ? cutmixAlpha : mixupAlpha, random);
        return cuts ? cut(share, height, width, random.nextInt(height), random.nextInt(width)) : Mix.blend(share);
    }

    /**
     * The images of a batch as they are mixed.
     *
     * @param seed of the training
     * @param epoch from 0
     * @param number of the batch in its epoch, from 0
     * @param batch images (B, 3, H, W)
     * @return (B, 3, H, W)
     */
    public Tensor mixed(long seed, int epoch, int number, Batch batch) {
        return draw(seed, epoch, number, batch).batch(batch).input();
    }

    /**
     * CutMix of a share, as far as the image reaches.
     *
     * @param share λ in [0, 1] before the rectangle is cut off at the borders
     * @param y row of the rectangle's centre
     * @param x column of the rectangle's centre
     */
    static Mix cut(double share, int height, int width, int y, int x) {
        double ratio = Math.sqrt(1 - share);
        int rows = (int) (height * ratio);
        int columns = (int) (width * ratio);
        int top = Math.max(0, y - rows / 2);
        int left = Math.max(0, x - columns / 2);
        int bottom = Math.min(height, y + (rows + 1) / 2);
        int right = Math.min(width, x + (columns + 1) / 2);
        Box box = new Box(top, left, bottom - top, right - left);
        return new Mix(1 - box.height() * box.width() / (double) (height * width), box);
    }

    /**
     * A number from Beta(a, a): (1 + T / √(2a + T²)) / 2 of a T from Student's distribution with 2a degrees of freedom, which is
     * drawn in polar coordinates (Bailey, 1994).
     */
    static double beta(double alpha, SplittableRandom random) {
        double radius = StrictMath.pow(1 - random.nextDouble(), 1 / alpha);
        double cosine = StrictMath.cos(2 * Math.PI * random.nextDouble());
        double square = (1 - radius) * cosine * cosine;
        return (1 + Math.copySign(Math.sqrt(square / (radius + square)), cosine)) / 2;
    }
}
