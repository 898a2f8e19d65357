package dev.inlay.data.image;

import java.io.IOException;

/**
 * What an image may ask for. All of it is checked while the bytes are walked, before a decoder sees them or anything is
 * allocated for pixels.
 *
 * @param maxPixels of the decoded image, in [1, 500 000 000]
 * @param maxFileBytes of the file, in [1, 2 000 000 000]
 * @param maxScans of a JPEG, at least 1; all of them together may besides visit {@value #VISITS} samples per pixel of
 *     {@code maxPixels}
 * @param maxChunks segments, chunks, strips or tiles that lead to the pixels, at least 1
 */
public record ImageLimits(long maxPixels, long maxFileBytes, int maxScans, int maxChunks) {
    /** 100 megapixels (300 MB decoded), 512 MiB, 100 scans, 100 000 chunks. */
    public static final ImageLimits DEFAULT = new ImageLimits(100_000_000, 1L << 29, 100, 100_000);

    /** A progressive JPEG of three full components has 14 by libjpeg's script. */
    static final int VISITS = 32;

    /** The highest limit of pixels. */
    public static final long MAX_PIXELS = 500_000_000;

    /** The highest limit of bytes. */
    public static final long MAX_FILE_BYTES = 2_000_000_000;

    /**
     * @throws IllegalArgumentException if a limit is out of its range
     */
    public ImageLimits {
        requireIn("maxPixels", maxPixels, MAX_PIXELS);
        requireIn("maxFileBytes", maxFileBytes, MAX_FILE_BYTES);
        requireIn("maxScans", maxScans, Integer.MAX_VALUE);
        requireIn("maxChunks", maxChunks, Integer.MAX_VALUE);
    }

    /** These limits with another one of pixels. */
    public ImageLimits withMaxPixels(long pixels) {
        return new ImageLimits(pixels, maxFileBytes, maxScans, maxChunks);
    }

    private static void requireIn(String name, long value, long most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + " must be in [1, " + most + "], not " + value);
        }
    }

    void requireSize(long width, long height) throws IOException {
        if (width < 1 || height < 1) {
            throw new DamagedImageException("an image of " + width + " x " + height + " pixels");
        }
        if (width > MAX_PIXELS || height > MAX_PIXELS || width * height > maxPixels) {
            throw new RefusedImageException(width + " x " + height + " pixels are more than the limit of " + maxPixels
                    + "; make the image smaller");
        }
    }

    void requireChunks(long count) throws IOException {
        if (count > maxChunks) {
            throw new RefusedImageException("more than the limit of " + maxChunks + " chunks; save the image anew");
        }
    }

    /**
     * @param scans of a JPEG so far
     * @param visited samples in all of them
     */
    void requireScans(int scans, long visited) throws IOException {
        if (scans > maxScans) {
            throw new RefusedImageException("more than the limit of " + maxScans + " scans; save the image anew");
        }
        if (visited > VISITS * maxPixels) {
            throw new RefusedImageException("its " + scans + " scans visit " + visited + " samples, more than " + VISITS
                    + " for each of " + maxPixels + " pixels; save the image anew");
        }
    }
}
