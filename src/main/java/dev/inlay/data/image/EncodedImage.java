package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import java.nio.file.Path;

/** An image as it is stored, not decoded yet. */
public interface EncodedImage {
    /** What a person calls it: its path. */
    String id();

    /**
     * Decodes it.
     *
     * @throws dev.inlay.error.UnreadableException if its file cannot be read now
     * @throws DataException naming it, if it cannot be decoded
     */
    RawImage decode(ImageDecoder decoder);

    /** The image of a file, called by its path. */
    static EncodedImage of(Path file) {
        return of(file.toString(), file);
    }

    /** The image of a file that is called otherwise. */
    static EncodedImage of(String id, Path file) {
        return new EncodedImage() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public RawImage decode(ImageDecoder decoder) {
                return decoder.decode(file);
            }
        };
    }

    /** The image that bytes are. */
    static EncodedImage of(String id, byte[] bytes) {
        return new EncodedImage() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public RawImage decode(ImageDecoder decoder) {
                return decoder.decode(bytes, id);
            }
        };
    }
}
