package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import java.io.IOException;

/** A file that was walked: within its limits, and cut down to what its decoder needs. */
interface ImageFile {
    /** How it is to be turned. */
    Orientation orientation();

    /**
     * Decodes it.
     *
     * @throws TruncatedImageException if the data end before the pixels do
     * @throws IOException if it is damaged
     */
    RawImage pixels() throws IOException;

    /**
     * Decodes what is there of it, after {@link #pixels} could not.
     *
     * @throws IOException if nothing can be had
     */
    RawImage pixelsSoFar() throws IOException;

    /**
     * Walks the bytes of a file.
     *
     * @throws RefusedImageException if its format is not read, or it exceeds a limit
     * @throws IOException if it is damaged
     */
    static ImageFile of(byte[] file, ImageLimits limits) throws IOException {
        return switch (ImageFormat.of(file)) {
            case JPEG -> JpegFile.walk(file, limits);
            case PNG -> PngFile.walk(file, limits);
            case WEBP -> WebpFile.walk(file, limits);
            case GIF -> GifFile.walk(file, limits);
            case BMP -> BmpFile.walk(file, limits);
            case TIFF -> TiffFile.walk(file, limits);
        };
    }
}
