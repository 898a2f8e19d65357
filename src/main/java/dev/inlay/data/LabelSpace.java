package dev.inlay.data;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What the labels of images are, and how the outputs of a head are read as such: one output for each name. Every kind goes
 * the same way, from a data set to batches, loss, evaluation, task file and predictions.
 */
public sealed interface LabelSpace {
    /** The threshold of a class that no other is known to be better for. */
    double HALF = 0.5;

    /** The kinds there are, for a {@code switch} that has to know them all; in lower case they are the values of {@code data.labels}. */
    enum Kind {
        /** {@link OneClass}. */
        SINGLE,
        /** {@link ClassSet}. */
        MULTI,
        /** {@link Numbers}. */
        NUMBERS,
        /** {@link PixelClasses}. */
        MASKS;

        /** The name in configs and files: lower case. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is one output each: classes, or numbers. */
    List<String> names();

    /** Which of the kinds it is. */
    Kind kind();

    /** Returns how many outputs a head has. */
    default int size() {
        return names().size();
    }

    /**
     * Returns the outputs that an image of this target is an example of: its class, its classes, or all numbers; none where the
     * target is a mask.
     */
    default IntStream examplesOf(float[] target) {
        return switch (kind()) {
            case SINGLE -> IntStream.of((int) target[0]);
            case MULTI -> IntStream.range(0, target.length).filter(c -> target[c] > 0);
            case NUMBERS -> IntStream.range(0, target.length);
            case MASKS -> IntStream.empty();
        };
    }

    /**
     * Returns how many images each output has an example of, as {@link #examplesOf} says; of masks none.
     *
     * @param images how many there are
     * @param target of each, by its index
     * @return by output
     */
    default long[] count(int images, IntFunction<float[]> target) {
        long[] counts = new long[size()];
        if (kind() == Kind.MASKS) {
            return counts;
        }
        IntStream.range(0, images)
                .mapToObj(target)
                .flatMapToInt(this::examplesOf)
                .forEach(output -> counts[output]++);
        return counts;
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

    /** Returns any classes for each image, at thresholds of 0.5. */
    static LabelSpace setOf(List<String> classNames) {
        return new ClassSet(classNames, Collections.nCopies(classNames.size(), HALF));
    }

    /**
     * Returns numbers for each image, standardised by those of the training images.
     *
     * @param targets the numbers of each training image; none where nothing is learned from them
     */
    static LabelSpace numbers(List<String> names, List<float[]> targets) {
        List<Double> means = IntStream.range(0, names.size())
                .mapToObj(k ->
                        targets.stream().mapToDouble(row -> row[k]).average().orElse(0))
                .toList();
        List<Double> deviations = IntStream.range(0, names.size())
                .mapToObj(k -> Math.sqrt(targets.stream()
                        .mapToDouble(row -> (row[k] - means.get(k)) * (row[k] - means.get(k)))
                        .average()
                        .orElse(1)))
                .toList();
        return new Numbers(names, means, deviations);
    }

    /**
     * Each pixel has one class; the largest output tells which. Targets are {@link Mask}s.
     *
     * @param names of the classes, by number; at most 255
     */
    record PixelClasses(List<String> names) implements LabelSpace {
        /** The number of a pixel that does not count. */
        public static final int IGNORED = 255;

        /**
         * Copies the list.
         *
         * @throws IllegalArgumentException if there are more classes than numbers
         */
        public PixelClasses {
            names = List.copyOf(names);
            if (names.size() > IGNORED) {
                throw new IllegalArgumentException("expected at most " + IGNORED + " classes, found " + names.size());
            }
        }

        @Override
        public Kind kind() {
            return Kind.MASKS;
        }
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

    /**
     * Each image has any number of classes, none among them; the sigmoid of each output is compared with a threshold. A target
     * is 1 for each class that the image has, else 0.
     *
     * @param names of the classes, by index
     * @param thresholds by index, in [0, 1]: an image has the class if its probability is at least that
     */
    record ClassSet(List<String> names, List<Double> thresholds) implements LabelSpace {
        /**
         * Copies the lists.
         *
         * @throws IllegalArgumentException if there is not one threshold in [0, 1] for each class
         */
        public ClassSet {
            names = List.copyOf(names);
            thresholds = List.copyOf(thresholds);
            if (names.size() != thresholds.size()
                    || thresholds.stream().anyMatch(threshold -> !(threshold >= 0 && threshold <= 1))) {
                throw new IllegalArgumentException("thresholds: expected one from 0 to 1 for each of the "
                        + names.size() + " classes, found " + thresholds);
            }
        }

        @Override
        public Kind kind() {
            return Kind.MULTI;
        }

        /** Returns the probability of each class: the sigmoid of its output. */
        public double[] probabilities(float[] outputs) {
            double[] probabilities = new double[outputs.length];
            for (int c = 0; c < outputs.length; c++) {
                probabilities[c] = probability(outputs[c]);
            }
            return probabilities;
        }

        /** Returns the probability of a class: the sigmoid of its output. */
        public double probability(float output) {
            return 1 / (1 + Math.exp(-output));
        }
    }

    /**
     * Each image has numbers; an output is one of them, standardised. A target is the numbers as they are.
     *
     * @param names of the numbers, by index
     * @param means over the training images
     * @param deviations standard deviations over the training images, at least 0; 0 where they are all the same
     */
    record Numbers(List<String> names, List<Double> means, List<Double> deviations) implements LabelSpace {
        /**
         * Copies the lists.
         *
         * @throws IllegalArgumentException if there is not a finite mean and deviation for each number
         */
        public Numbers {
            names = List.copyOf(names);
            means = List.copyOf(means);
            deviations = List.copyOf(deviations);
            if (names.size() != means.size()
                    || names.size() != deviations.size()
                    || means.stream().anyMatch(mean -> !Double.isFinite(mean))
                    || deviations.stream().anyMatch(deviation -> !(deviation >= 0 && Double.isFinite(deviation)))) {
                throw new IllegalArgumentException(
                        "expected a finite mean and a finite deviation of at least 0 for each"
                                + " of the " + names.size() + " numbers, found the means " + means
                                + " and the deviations "
                                + deviations);
            }
        }

        @Override
        public Kind kind() {
            return Kind.NUMBERS;
        }

        /** Returns what outputs of a head stand for: times deviation, plus mean. */
        public double[] values(float[] outputs) {
            double[] values = new double[outputs.length];
            for (int k = 0; k < outputs.length; k++) {
                values[k] = value(k, outputs[k]);
            }
            return values;
        }

        /** Returns what an output stands for, which is number {@code k}. */
        public double value(int k, float output) {
            return output * deviations.get(k) + means.get(k);
        }
    }
}
