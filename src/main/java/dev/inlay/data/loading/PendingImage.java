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
     * A draw of {@code examples}, see {@link Order}.
     *
     * @param epoch keys the augmentation
     */
    static PendingImage of(Examples examples, int draw, int epoch) {
        int example = Order.example(draw, examples.size());
        int again = Order.again(draw, examples.size());
        return new PendingImage() {
            @Override
            public int index() {
                return draw;
            }

            @Override
            public long label() {
                return examples.label(example);
            }

            @Override
            public void read(float[] out, int offset) {
                examples.read(example, epoch, again, out, offset);
            }
        };
    }
}
