package dev.inlay.data.builtin;

import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.random.Key;
import java.util.List;

/**
 * A classification task whose images are drawn: for every label it knows how to make up scenes. In the spirit of
 * VTAB's structured tasks (Zhai et al.: "A large-scale study of representation learning with the Visual Task Adaptation
 * Benchmark", 2019). What the label is not about (colours, ground, camera …) is drawn without looking at it.
 */
public interface BuiltinTask {
    /** What configs call it: one lower-case word. */
    String name();

    /** Class names by label; at least two. */
    List<String> classNames();

    /** Whether an image has one class as a whole; if not, its labels are others. */
    default boolean hasOneClass() {
        return true;
    }

    /**
     * The names of other labels that its images have.
     *
     * @param kind other than {@link LabelSpace.Kind#SINGLE}
     * @return one for each output; empty if there are no labels of that kind
     */
    default List<String> names(LabelSpace.Kind kind) {
        return List.of();
    }

    /**
     * The target of a scene as {@link dev.inlay.data.Dataset#target} has it.
     *
     * @param kind one that {@link #names} has names for
     */
    default float[] target(LabelSpace.Kind kind, Scene scene) {
        throw new IllegalArgumentException(name() + " has no labels that are " + kind);
    }

    /**
     * What every pixel of a scene's image shows.
     *
     * @param pixels width and height of the image
     * @throws IllegalArgumentException if {@link #names} has no names for masks
     */
    default Mask mask(Scene scene, int pixels) {
        throw new IllegalArgumentException(name() + " has no masks");
    }

    /**
     * Makes up a scene of a class.
     *
     * @param label in [0, classes)
     * @param key all the randomness there is: equal keys give equal scenes
     */
    Scene scene(int label, Key key);
}
