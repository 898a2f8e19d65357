package dev.inlay.data;

import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Labelled images as they come from their source: not resized, not normalised. Safe for use by many threads. */
public interface Dataset {
    /** What a person calls it: the folder or list, and the split. */
    String name();

    /** What the labels are. */
    LabelSpace labels();

    /** Class names by label; its size is the number of classes. */
    default List<String> classNames() {
        return labels().names();
    }

    /** How many images there are. */
    int size();

    /** The label of image {@code i}, in [0, classes). */
    int label(int i);

    /**
     * The target of image {@code i}, as its {@link #labels} say: {@link #label} alone where each image has one class.
     *
     * @return owned by the caller
     */
    default float[] target(int i) {
        return new float[] {label(i)};
    }

    /** What a person calls image {@code i}: the path in its list, or its index. */
    String id(int i);

    /** The file of image {@code i}, called {@link #id} in no other place; empty if it has none. */
    default Optional<Path> file(int i) {
        return Optional.empty();
    }

    /**
     * Image {@code i}, decoded or drawn anew; equal at every call.
     *
     * @throws DataException naming the file, if it cannot be decoded
     */
    RawImage image(int i);

    /**
     * What every pixel of image {@code i} shows, where that is what the {@link #labels} are; equal at every call.
     *
     * @return of the size of the image; numbers of classes, and {@link LabelSpace.PixelClasses#IGNORED}
     * @throws DataException naming the file, if it cannot be decoded, has another size than the image or unknown numbers
     * @throws IllegalStateException if the labels are others
     */
    default Mask mask(int i) {
        throw new IllegalStateException(name() + ": has no masks");
    }

    /** The file of the mask of image {@code i}; empty if it has none. */
    default Optional<Path> maskFile(int i) {
        return Optional.empty();
    }

    /** True if the images were drawn at random from those of another split. */
    default boolean isDrawn() {
        return false;
    }

    /** A hash of names, labels and where the images come from, which tells two data sets apart. */
    String fingerprint();
}
