package dev.inlay.data.transform;

import dev.inlay.data.RawImage;
import java.util.function.IntUnaryOperator;

/** What Pillow's {@code ImageOps} do to each 8-bit sample on its own, bit for bit: one table of 256 values for each channel. */
final class PillowTables {
    private static final int VALUES = 256;
    private static final int BITS = 8;

    private PillowTables() {}

    /** The darkest value of each channel becomes 0, the lightest 255. */
    static RawImage autocontrast(RawImage image) {
        int[][] tables = new int[3][];
        for (int c = 0; c < 3; c++) {
            int[] counts = histogram(image, c);
            int low = 0;
            while (counts[low] == 0) {
                low++;
            }
            int high = VALUES - 1;
            while (counts[high] == 0) {
                high--;
            }
            double scale = 255.0 / (high - low);
            double offset = -low * scale;
            tables[c] = low == high ? table(i -> i) : table(i -> (int) (i * scale + offset));
        }
        return apply(image, tables);
    }

    /** Every value of a channel becomes about as frequent. */
    static RawImage equalize(RawImage image) {
        int[][] tables = new int[3][];
        for (int c = 0; c < 3; c++) {
            tables[c] = equalized(histogram(image, c), image.width() * image.height());
        }
        return apply(image, tables);
    }

    private static int[] equalized(int[] counts, int pixels) {
        int last = VALUES - 1;
        while (counts[last] == 0) {
            last--;
        }
        int step = (pixels - counts[last]) / (VALUES - 1);
        if (step == 0) {
            return table(i -> i);
        }
        int[] table = new int[VALUES];
        int sum = step / 2;
        for (int i = 0; i < VALUES; i++) {
            table[i] = clip(sum / step);
            sum += counts[i];
        }
        return table;
    }

    /** The negative. */
    static RawImage invert(RawImage image) {
        return all(image, i -> VALUES - 1 - i);
    }

    /**
     * Fewer bits for each sample.
     *
     * @param bits how many of the highest are kept, in [0, 8]
     */
    static RawImage posterize(RawImage image, int bits) {
        return all(image, i -> i & -(1 << (BITS - bits)));
    }

    /** The negative of values from {@code threshold} on. */
    static RawImage solarize(RawImage image, int threshold) {
        return all(image, i -> i < threshold ? i : VALUES - 1 - i);
    }

    /** More light where a value is below 128, as timm's {@code solarize_add}. */
    static RawImage solarizeAdd(RawImage image, int more) {
        return all(image, i -> i < VALUES / 2 ? i + more : i);
    }

    private static RawImage all(RawImage image, IntUnaryOperator value) {
        int[] table = table(value);
        return apply(image, new int[][] {table, table, table});
    }

    private static int[] table(IntUnaryOperator value) {
        int[] table = new int[VALUES];
        for (int i = 0; i < VALUES; i++) {
            table[i] = clip(value.applyAsInt(i));
        }
        return table;
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(VALUES - 1, value));
    }

    private static int[] histogram(RawImage image, int channel) {
        int[] counts = new int[VALUES];
        for (int i = channel; i < image.rgb().length; i += 3) {
            counts[image.rgb()[i] & 0xff]++;
        }
        return counts;
    }

    private static RawImage apply(RawImage image, int[][] tables) {
        byte[] out = new byte[image.rgb().length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) tables[i % 3][image.rgb()[i] & 0xff];
        }
        return new RawImage(image.width(), image.height(), out);
    }
}
