package dev.inlay.data;

import java.util.List;

/**
 * Labelled images, ready for a backbone: the end of the input pipeline and all the rest of Inlay sees of it. Safe for
 * use by many threads.
 */
public interface Examples extends AutoCloseable {
    /** Stands for "no augmentation" where an epoch is expected. */
    int EVALUATION = -1;

    /** How many there are. */
    int size();

    /** What the labels are. */
    LabelSpace labels();

    /** Class names by label; its size is the number of classes. */
    default List<String> classNames() {
        return labels().names();
    }

    /** The label of example {@code i}, in [0, classes). */
    int label(int i);

    /**
     * The target of example {@code i}, as its {@link #labels} say: {@link #label} alone where each image has one class.
     *
     * @return owned by the caller
     */
    default float[] target(int i) {
        return new float[] {label(i)};
    }

    /**
     * The target of example {@code i} as it was changed together with the image.
     *
     * @param epoch as for {@link #read}
     * @param again as for {@link #read}
     * @return owned by the caller; of masks the numbers of all pixels, row by row
     */
    default float[] target(int i, int epoch, int again) {
        return target(i);
    }

    /**
     * What every pixel of example {@code i} shows, in the size of its file, where that is what the {@link #labels} are.
     *
     * @throws IllegalStateException if the labels are others
     */
    default Mask mask(int i) {
        throw new IllegalStateException("there are no masks");
    }

    /**
     * How many pixels of the masks of all examples have each class, in the size of their files; without those that do not count.
     *
     * @return by class; owned by the caller
     * @throws IllegalStateException if there are no masks
     */
    default long[] classPixels() {
        long[] pixels = new long[labels().size()];
        for (int i = 0; i < size(); i++) {
            mask(i).addCounts(pixels);
        }
        return pixels;
    }

    /** What a person calls example {@code i}: the path in its list, or its index. */
    String id(int i);

    /** Height of every image handed out, in pixels. */
    int height();

    /** Width of every image handed out, in pixels. */
    int width();

    /**
     * Writes example {@code i}, normalised, as (3, H, W) floats into {@code out} from {@code offset}.
     *
     * @param epoch keys the augmentation together with the seed and {@code i}; {@link #EVALUATION} for none
     */
    void read(int i, int epoch, float[] out, int offset);

    /**
     * Writes example {@code i} as {@link #read(int, int, float[], int)} does.
     *
     * @param again how often it was read in this epoch before; keys the augmentation, too, so that it is another one
     */
    default void read(int i, int epoch, int again, float[] out, int offset) {
        read(i, epoch, out, offset);
    }

    /** True if {@link #read} gives the same numbers in every epoch, so that features may be cached. */
    boolean repeats();

    /** A hash of labels, names and the transform that tells two data sets apart. */
    String fingerprint();

    @Override
    default void close() {}
}
