package dev.inlay.data.image;

/** A file that ends, or stops to make sense, before its last pixel, and of which the pixels in front can be had. */
final class TruncatedImageException extends DamagedImageException {
    private static final long serialVersionUID = 1;

    TruncatedImageException(String message) {
        super(message);
    }
}
