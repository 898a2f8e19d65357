package dev.inlay.data.image;

import java.io.IOException;

/** A file that does not hold what its format asks for. */
class DamagedPicture extends IOException {
    private static final long serialVersionUID = 1;

    DamagedPicture(String message) {
        super(message);
    }
}
