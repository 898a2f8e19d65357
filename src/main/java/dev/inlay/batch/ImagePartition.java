package dev.inlay.batch;

import dev.inlay.data.image.EncodedImage;
import dev.inlay.error.DataException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** The images of a partition, wherever they are stored; a record of plain values. */
public interface ImagePartition extends Serializable {
    /** What this partition is called, whatever images are in it: letters, digits and dashes. */
    String key();

    /**
     * The id of every image, in order.
     *
     * @throws DataException if they cannot be listed, or two are equal
     */
    List<String> ids();

    /**
     * The file that each image is read from, by its id, now or once: what it holds decides whether the image is still the
     * one that was predicted.
     */
    Function<String, Path> sources();

    /**
     * Gives images in order, each read from where it is stored when it is asked for, or later.
     *
     * @param wanted their ids; those that are not in this partition any more are passed over, or read where they still are
     * @return to be closed; throws a {@link DataException} if the place they are stored in cannot be read
     */
    Stream<EncodedImage> read(Set<String> wanted);
}
