package dev.inlay.data.image;

import java.io.IOException;

/** A picture that is not read, whole as it may be; the message says why and what to do. */
final class RefusedPicture extends IOException {
    private static final long serialVersionUID = 1;

    RefusedPicture(String message) {
        super(message);
    }
}
