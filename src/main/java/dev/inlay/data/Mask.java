package dev.inlay.data;

/**
 * The class of every pixel of an image. The array is shared, not copied: whoever holds the mask must not write to it.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param values (height, width) numbers in 0 … 255 as unsigned bytes, row by row
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, as those of images
public record Mask(int width, int height, byte[] values) {
    /**
     * @throws IllegalArgumentException if the sizes and the length of {@code values} do not belong together
     */
    public Mask {
        if (width < 1 || height < 1 || values.length != (long) width * height) {
            throw new IllegalArgumentException("a mask of " + width + " x " + height + " pixels has "
                    + (long) width * height + " values, not " + values.length);
        }
    }

    /**
     * Adds how many pixels have each value to counts.
     *
     * @param counts by value; pixels of larger values are passed over
     */
    public void addCounts(long[] counts) {
        for (byte value : values) {
            int number = value & 0xff;
            if (number < counts.length) {
                counts[number]++;
            }
        }
    }

    /** The value of a pixel, in 0 … 255. */
    public int at(int row, int column) {
        return values[row * width + column] & 0xff;
    }
}
