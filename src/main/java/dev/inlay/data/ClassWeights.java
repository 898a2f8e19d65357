package dev.inlay.data;

import dev.inlay.error.Abbreviated;
import dev.inlay.error.ConfigException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** How much an image counts while training, by its class. */
public sealed interface ClassWeights {
    /** All images count alike. */
    ClassWeights NONE = new Named(Map.of());

    /** The key of a config that says them. */
    String KEY = "train.classWeights";

    /**
     * All classes count alike: n / (C · n_c), with n images of C classes that occur, n_c of them of class c. The rule is
     * scikit-learn's {@code class_weight="balanced"}.
     */
    record Balanced() implements ClassWeights {}

    /**
     * As somebody says.
     *
     * @param weights from the name of a class to its weight, above 0; one that is not named has weight 1
     */
    record Named(Map<String, Double> weights) implements ClassWeights {
        /** Copies the map. */
        public Named {
            weights = Map.copyOf(weights);
        }
    }

    /**
     * Returns the weight of every class, scaled so that the mean over the images is 1; an empty list where all count alike.
     *
     * @param classNames by label
     * @param images how many there are of each class; not all 0
     * @return by label; a class without images may have any weight
     * @throws ConfigException naming the classes that are not there
     */
    default List<Double> over(List<String> classNames, long[] images) {
        requireNames(classNames);
        if (equals(NONE)) {
            return List.of();
        }
        double[] weights = IntStream.range(0, images.length)
                .mapToDouble(label -> this instanceof Named named
                        ? named.weights.getOrDefault(classNames.get(label), 1.0)
                        : 1.0 / Math.max(1, images[label]))
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
    default void requireNames(List<String> classNames) {
        if (this instanceof Named named && !classNames.containsAll(named.weights.keySet())) {
            List<String> unknown = named.weights.keySet().stream()
                    .filter(name -> !classNames.contains(name))
                    .sorted()
                    .toList();
            throw new ConfigException(KEY + ": there is no class " + Abbreviated.few(unknown) + "; the classes are "
                    + String.join(", ", classNames));
        }
    }
}
