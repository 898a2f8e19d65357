package dev.inlay.data.builtin;

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

    /**
     * Makes up a scene of a class.
     *
     * @param label in [0, classes)
     * @param key all the randomness there is: equal keys give equal scenes
     */
    Scene scene(int label, Key key);
}
