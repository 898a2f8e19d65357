package dev.inlay.train;

import dev.inlay.data.loading.Batch;
import dev.inlay.data.transform.TrainCrop.Box;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How one batch is mixed with itself in reverse: row i with row B - 1 - i.
 *
 * @param share of a row's own image and label, in [0, 1]
 * @param box what comes from the other image; null where all pixels of both are blended
 */
record Mix(double share, Box box) {
    /** Every row is itself. */
    static final Mix NONE = blend(1);

    static Mix blend(double share) {
        return new Mix(share, null);
    }

    /** The mixed images of a batch, with the labels of its rows' own images. */
    Batch batch(Batch plain) {
        return share == 1 ? plain : new Batch(plain.indices(), images(plain.input()), plain.labels());
    }

    /**
     * Mixes images.
     *
     * @param images (B, 3, H, W)
     */
    Tensor images(Tensor images) {
        if (box == null) {
            return images.mul(new Scalar(share)).add_(images.flip(0).mul_(new Scalar(1 - share)));
        }
        Tensor mixed = images.clone();
        part(mixed).copy_(part(images.flip(0)));
        return mixed;
    }

    private Tensor part(Tensor images) {
        return images.narrow(2, box.top(), box.height()).narrow(3, box.left(), box.width());
    }

    /**
     * The loss of each row: that of both of its labels by their shares, which is the cross-entropy to the mixed target.
     *
     * @param logits (B, C), or (G, C, B) of G heads
     * @param labels targets of B examples
     */
    Tensor losses(Loss loss, Tensor logits, Tensor labels) {
        Tensor own = loss.each(logits, labels);
        if (share == 1) {
            return own;
        }
        Tensor other = loss.each(logits, labels.flip(0));
        return own.mul(new Scalar(share)).add(other.mul(new Scalar(1 - share)));
    }

    /** The label with the larger share in each row, of the shape of {@code labels}. */
    Tensor labels(Tensor labels) {
        return share >= 0.5 ? labels : labels.flip(0);
    }
}
