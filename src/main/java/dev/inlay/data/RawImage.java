package dev.inlay.data;

/**
 * A decoded image of 8-bit RGB samples. The array is shared, not copied: whoever holds the image must not write to it.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param rgb (height, width, 3) samples in 0 … 255 as unsigned bytes, row by row
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy per image would cost more than it protects
public record RawImage(int width, int height, byte[] rgb) {
    /**
     * @throws IllegalArgumentException if the sizes and the length of {@code rgb} do not belong together
     */
    public RawImage {
        if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("an image of " + width + " x " + height + " pixels has "
                    + 3L * width * height + " samples, not " + rgb.length);
        }
    }
}
