package dev.inlay.backbone;

import dev.inlay.error.ConfigException;
import java.util.ArrayList;
import java.util.List;

/** What does not fit in a {@link BackboneSpec}, collected to be told at once. */
public final class SpecProblems {
    /** More stages than any image has halvings. */
    public static final int MAX_STAGES = 8;

    private final List<String> problems = new ArrayList<>();

    /** Adds one. */
    public void add(String problem) {
        problems.add(problem);
    }

    /** Whether there is none yet. */
    public boolean isEmpty() {
        return problems.isEmpty();
    }

    /** Asks for a size of at least 1. */
    public void atLeast1(String key, int value) {
        if (value < 1) {
            add(key + ": must be at least 1, found " + value);
        }
    }

    /** Asks for a number that is not negative. */
    public void notNegative(String key, int value) {
        if (value < 0) {
            add(key + ": must not be negative, found " + value);
        }
    }

    /** Asks for a number above 0. */
    public void above0(String key, double value) {
        if (!(value > 0)) {
            add(key + ": must be above 0, found " + value);
        }
    }

    /** Asks for patches that fill the image. */
    public void patchesFill(int patchSize, int height, int width) {
        if (patchSize > 0 && (height % patchSize != 0 || width % patchSize != 0)) {
            add("patch: " + patchSize + " does not divide the image of " + height + " × " + width);
        }
    }

    /** Asks for one number each for 1 to {@value #MAX_STAGES} stages. */
    public void stages(String key, List<Integer> depths, String otherKey, List<Integer> others) {
        if (depths.isEmpty() || depths.size() > MAX_STAGES || depths.size() != others.size()) {
            add(key + " and " + otherKey + ": expected one number each for 1 to " + MAX_STAGES + " stages, found "
                    + depths + " and " + others);
        }
        depths.forEach(depth -> atLeast1(key, depth));
        others.forEach(other -> atLeast1(otherKey, other));
    }

    /**
     * Refuses the spec if anything does not fit.
     *
     * @param spec what to call it, such as {@code ViT spec}
     * @throws ConfigException listing every problem
     */
    public void refuse(String spec) {
        if (!problems.isEmpty()) {
            throw new ConfigException(spec, problems);
        }
    }
}
