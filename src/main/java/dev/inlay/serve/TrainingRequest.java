package dev.inlay.serve;

import dev.inlay.error.ConfigException;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Labelled images from which a task is to be made.
 *
 * @param method what is tuned
 * @param epochs passes over the images; empty for what the method usually needs
 * @param seed of all randomness, at least 0
 * @param classes by label: at least 2 different names of 1 to 100 characters
 * @param images at least one of each class
 */
public record TrainingRequest(
        Method method, OptionalInt epochs, long seed, List<String> classes, List<Labelled> images) {
    private static final Pattern NAME = Pattern.compile("[^\\p{Cc}\\p{Cs}]{1,100}");

    /** What is tuned. */
    public enum Method {
        /** A linear classifier of the backbone's features. */
        LINEAR(100),
        /** Sensitivity-aware tuning of a hundredth of the backbone's weights, and a classifier. */
        SPT(50);

        private final int epochs;

        Method(int epochs) {
            this.epochs = epochs;
        }

        /** How many epochs are usual for a few images. */
        public int epochs() {
            return epochs;
        }
    }

    /**
     * An image that is not decoded yet.
     *
     * @param name what to call it in problems
     * @param label of its class
     * @param bytes of its file; not copied
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Labelled(String name, int label, byte[] bytes) {}

    /**
     * Copies the lists and checks what needs no decoding.
     *
     * @throws ConfigException saying what is needed
     */
    public TrainingRequest {
        classes = List.copyOf(classes);
        images = List.copyOf(images);
        if (classes.size() < 2) {
            throw new ConfigException("training needs at least 2 classes with at least 1 image each; found "
                    + (classes.isEmpty() ? "none" : "only '" + classes.get(0) + "'"));
        }
        Set<String> seen = new HashSet<>();
        for (String name : classes) {
            if (!NAME.matcher(name).matches() || name.isBlank()) {
                throw new ConfigException("a class's name is 1 to 100 characters in one line, not all blank");
            }
            if (!seen.add(name)) {
                throw new ConfigException("class '" + name + "' is listed twice");
            }
        }
        boolean[] shown = new boolean[classes.size()];
        for (Labelled image : images) {
            shown[image.label()] = true;
        }
        for (int label = 0; label < shown.length; label++) {
            if (!shown[label]) {
                throw new ConfigException("class '" + classes.get(label)
                        + "' has no image; training needs at least 2 classes with at least 1 image each");
            }
        }
        if (epochs.isPresent() && epochs.getAsInt() < 1) {
            throw new ConfigException("epochs: expected at least 1, found " + epochs.getAsInt());
        }
        if (seed < 0) {
            throw new ConfigException("seed: expected at least 0, found " + seed);
        }
    }
}
