package dev.inlay.data.image;

import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import java.nio.file.Path;

/** A picture as it is stored, not decoded yet. */
public interface EncodedPicture {
    /** What a person calls it: its path. */
    String id();

    /**
     * Decodes it.
     *
     * @throws dev.inlay.error.UnreadableException if its file cannot be read now
     * @throws DataException naming it, if it cannot be decoded
     */
    RawImage decode(ImageDecoder decoder);

    /** The picture of a file, called by its path. */
    static EncodedPicture of(Path file) {
        return of(file.toString(), file);
    }

    /** The picture of a file that is called otherwise. */
    static EncodedPicture of(String id, Path file) {
        return new EncodedPicture() {
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

    /** The picture that bytes are. */
    static EncodedPicture of(String id, byte[] bytes) {
        return new EncodedPicture() {
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
