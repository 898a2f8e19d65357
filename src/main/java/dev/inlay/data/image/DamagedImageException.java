package dev.inlay.data.image;

import java.io.IOException;

/** A file that does not hold what its format asks for. */
class DamagedImageException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedImageException(String message) {
        super(message);
    }
}
