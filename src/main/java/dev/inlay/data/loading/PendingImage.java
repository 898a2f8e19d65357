package dev.inlay.data.loading;

import dev.inlay.data.Examples;

/** An image that has yet to be read, by whichever thread is free. */
public interface PendingImage {
    /** Which one it is. */
    int index();

    /** Its label; 0 where it has none. */
    default long label() {
        return 0;
    }

    /** Writes it, normalised, as (3, H, W) floats into {@code out} from {@code offset}; any thread may call this, once. */
    void read(float[] out, int offset);

    /**
     * Example {@code index} of {@code examples}.
     *
     * @param epoch keys the augmentation
     */
    static PendingImage of(Examples examples, int index, int epoch) {
        return new PendingImage() {
            @Override
            public int index() {
                return index;
            }

            @Override
            public long label() {
                return examples.label(index);
            }

            @Override
            public void read(float[] out, int offset) {
                examples.read(index, epoch, out, offset);
            }
        };
    }
}
