package dev.inlay.data;

import java.util.List;

/**
 * What the labels of images are, and how the outputs of a head are read as such: one output for each name. Every kind goes
 * the same way, from a data set to batches, loss, evaluation, task file and predictions.
 */
public sealed interface LabelSpace {
    /** The kinds there are, for a {@code switch} that has to know them all; in lower case they are the values of {@code data.labels}. */
    enum Kind {
        /** {@link OneClass}. */
        SINGLE
    }

    /** What is one output each: classes by their index. */
    List<String> names();

    /** Which of the kinds it is. */
    Kind kind();

    /** Returns how many outputs a head has. */
    default int size() {
        return names().size();
    }

    /**
     * Refuses other labels than one class for each image.
     *
     * @param images what to call them
     * @throws IllegalStateException if the labels are others
     */
    default void requireOneClass(String images) {
        if (kind() != Kind.SINGLE) {
            throw new IllegalStateException(images + ": expected one class for each image, the labels are " + kind());
        }
    }

    /** Returns one class for each image. */
    static LabelSpace oneOf(List<String> classNames) {
        return new OneClass(classNames);
    }

    /**
     * Each image has one class; the largest output tells which. A target is the index of the class.
     *
     * @param names of the classes, by index
     */
    record OneClass(List<String> names) implements LabelSpace {
        /** Copies the list. */
        public OneClass {
            names = List.copyOf(names);
        }

        @Override
        public Kind kind() {
            return Kind.SINGLE;
        }
    }
}
