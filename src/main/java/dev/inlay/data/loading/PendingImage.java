package dev.inlay.data.loading;

import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;

/** An image that has yet to be read, by whichever thread is free. */
public interface PendingImage {
    /** Which one it is. */
    int index();

    /** What labels it has. */
    default LabelSpace.Kind kind() {
        return LabelSpace.Kind.SINGLE;
    }

    /** Its target, as {@link Examples#target} has it; class 0 where it has none. */
    default float[] target() {
        return new float[1];
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
            public LabelSpace.Kind kind() {
                return examples.labels().kind();
            }

            @Override
            public float[] target() {
                return examples.target(example, epoch, again);
            }

            @Override
            public void read(float[] out, int offset) {
                examples.read(example, epoch, again, out, offset);
            }
        };
    }
}
