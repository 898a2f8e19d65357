package dev.inlay.task;

import dev.inlay.data.LabelSpace;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a model says about one image.
 *
 * @param id what a person calls the image: its path, or its index
 * @param labels how the logits are read
 * @param logits one per output, raw: as the head gives them
 * @param temperature of the task: what logits are divided by before the softmax
 */
public record Prediction(String id, LabelSpace labels, float[] logits, double temperature) {
    /** One class, with the softmax of the logits as they are. */
    public Prediction(String id, List<String> classNames, float[] logits) {
        this(id, LabelSpace.oneOf(classNames), logits, 1);
    }

    /** The names of the outputs by index: classes, or numbers. */
    public List<String> classNames() {
        return labels.names();
    }

    /**
     * One class and how probable it is.
     *
     * @param index of the class
     * @param label its name
     * @param score its probability, in [0, 1]
     */
    public record Ranked(int index, String label, double score) {}

    /** The index of the class with the largest logit, the lowest of equals. */
    public int index() {
        int best = 0;
        for (int c = 1; c < logits.length; c++) {
            if (logits[c] > logits[best]) {
                best = c;
            }
        }
        return best;
    }

    /** The name of the class {@link #index}. */
    public String label() {
        return classNames().get(index());
    }

    /** The probability of the class {@link #index}, in (0, 1]. */
    public double score() {
        return probabilities()[index()];
    }

    /**
     * The probability of each class: the softmax of the logits divided by the temperature, or the sigmoid of each where an image
     * has any number of classes. In double precision.
     *
     * @throws IllegalStateException if the outputs are numbers
     */
    public double[] probabilities() {
        return switch (labels.kind()) {
            case SINGLE -> softmax();
            case MULTI -> ((LabelSpace.ClassSet) labels).probabilities(logits);
            case NUMBERS, MASKS ->
                throw new IllegalStateException(id + ": the task predicts " + labels.kind() + ", not classes");
        };
    }

    private double[] softmax() {
        double largest = logits[index()];
        double[] probabilities = new double[logits.length];
        double sum = 0;
        for (int c = 0; c < logits.length; c++) {
            probabilities[c] = Math.exp((logits[c] - largest) / temperature);
            sum += probabilities[c];
        }
        for (int c = 0; c < logits.length; c++) {
            probabilities[c] /= sum;
        }
        return probabilities;
    }

    /**
     * The most probable classes, best first; of equals the lowest index first.
     *
     * @param k how many, at least 1; no more than there are classes are given
     * @throws IllegalStateException if the outputs are numbers
     */
    public List<Ranked> top(int k) {
        double[] probabilities = probabilities();
        return IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer c) -> -logits[c]))
                .limit(k)
                .map(c -> new Ranked(c, classNames().get(c), probabilities[c]))
                .toList();
    }

    /**
     * The classes that the image has, best first: the most probable one, or those whose probability is at least their threshold, none
     * among them.
     *
     * @throws IllegalStateException if the outputs are numbers
     */
    public List<Ranked> classes() {
        if (!(labels instanceof LabelSpace.ClassSet set)) {
            return top(1);
        }
        return top(logits.length).stream()
                .filter(ranked -> ranked.score() >= set.thresholds().get(ranked.index()))
                .toList();
    }

    /**
     * The numbers by their names, in their own units.
     *
     * @throws IllegalStateException if the outputs are classes
     */
    public Map<String, Double> numbers() {
        if (!(labels instanceof LabelSpace.Numbers numbers)) {
            throw new IllegalStateException(id + ": the task predicts classes, not numbers");
        }
        double[] values = numbers.values(logits);
        Map<String, Double> named = new LinkedHashMap<>();
        for (int k = 0; k < values.length; k++) {
            named.put(numbers.names().get(k), values[k]);
        }
        return named;
    }

    /** Returns the image and what it is, such as {@code tulip.jpg: tulip (93.1 %)}. */
    @Override
    public String toString() {
        return id + ": "
                + switch (labels.kind()) {
                    case SINGLE, MULTI ->
                        classes().isEmpty()
                                ? "none"
                                : classes().stream()
                                        .map(ranked -> String.format(
                                                Locale.ROOT, "%s (%.1f %%)", ranked.label(), 100 * ranked.score()))
                                        .collect(Collectors.joining(", "));
                    case MASKS -> labels.kind().toString();
                    case NUMBERS ->
                        numbers().entrySet().stream()
                                .map(number ->
                                        String.format(Locale.ROOT, "%s %.4g", number.getKey(), number.getValue()))
                                .collect(Collectors.joining(", "));
                };
    }
}
