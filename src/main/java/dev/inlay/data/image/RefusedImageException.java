package dev.inlay.data.image;

import java.io.IOException;

/** An image that is not read, whole as it may be; the message says why and what to do. */
final class RefusedImageException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedImageException(String message) {
        super(message);
    }
}
