package dev.inlay.data;

import dev.inlay.error.Abbreviated;
import dev.inlay.error.ConfigException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How much an image counts while training, by its class.
 *
 * @param balanced whether all classes count alike: n / (C · n_c), with n images of C classes that occur, n_c of them of class
 *     c, which is scikit-learn's {@code class_weight="balanced"}
 * @param named unless {@code balanced}: from the name of a class to its weight, above 0; one that is not named has weight 1
 */
public record ClassWeights(boolean balanced, Map<String, Double> named) {
    /** All images count alike. */
    public static final ClassWeights NONE = named(Map.of());

    /** All classes count alike. */
    public static final ClassWeights BALANCED = new ClassWeights(true, Map.of());

    /** The key of a config that says them. */
    public static final String KEY = "train.classWeights";

    /** Copies the map. */
    public ClassWeights {
        named = Map.copyOf(named);
    }

    /** Returns weights from the names of classes. */
    public static ClassWeights named(Map<String, Double> weights) {
        return new ClassWeights(false, weights);
    }

    /**
     * Returns the weight of every class, scaled so that the mean over the images is 1; an empty list where all count alike.
     *
     * @param classNames by label
     * @param images how many there are of each class; not all 0
     * @return by label; a class without images may have any weight
     * @throws ConfigException naming the classes that are not there
     */
    public List<Double> over(List<String> classNames, long[] images) {
        requireNames(classNames);
        if (equals(NONE)) {
            return List.of();
        }
        double[] weights = IntStream.range(0, images.length)
                .mapToDouble(label ->
                        balanced ? 1.0 / Math.max(1, images[label]) : named.getOrDefault(classNames.get(label), 1.0))
                .toArray();
        double sum = IntStream.range(0, images.length)
                .mapToDouble(label -> images[label] * weights[label])
                .sum();
        double scale = Arrays.stream(images).sum() / sum;
        return Arrays.stream(weights).map(weight -> weight * scale).boxed().toList();
    }

    /**
     * Refuses names of classes that are not there.
     *
     * @param classNames all there are
     * @throws ConfigException naming those that are not
     */
    public void requireNames(List<String> classNames) {
        List<String> unknown = named.keySet().stream()
                .filter(name -> !classNames.contains(name))
                .sorted()
                .toList();
        if (!unknown.isEmpty()) {
            throw new ConfigException(KEY + ": there is no class " + Abbreviated.few(unknown) + "; the classes are "
                    + String.join(", ", classNames));
        }
    }
}
