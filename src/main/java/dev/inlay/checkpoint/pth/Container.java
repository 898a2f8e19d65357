package dev.inlay.checkpoint.pth;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** One of the two layouts in which {@code torch.save} puts a pickle and the bytes of its storages. */
interface Container extends AutoCloseable {
    /** The value of the pickle. */
    Object content();

    /** What the pickle names that is not on the allow-list, and how many values of each there are. */
    Map<String, Integer> passedOver();

    /**
     * The bytes of a storage of {@link #content}, from a position on.
     *
     * @param storage one whose bytes are known to be there
     * @param skip how many of its bytes to pass over
     */
    InputStream bytes(Storage storage, long skip) throws IOException;

    @Override
    void close() throws IOException;

    /**
     * @param found the size of the storage in the file, in bytes, -1 if it is not there
     * @throws PthException if that is not what the pickle says
     */
    static void requireSize(Storage storage, long found) {
        if (found != storage.bytes()) {
            throw new PthException(
                    "storage '" + PthException.shown(storage.key()) + "': expected " + storage.elements() + " "
                            + storage.dtype() + " in " + storage.bytes() + " bytes, found "
                            + (found < 0 ? "none" : found + " bytes") + "; the file is damaged, get it again");
        }
    }
}
