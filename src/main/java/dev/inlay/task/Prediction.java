package dev.inlay.task;

import dev.inlay.data.LabelSpace;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What a model says about one image.
 *
 * @param id what a person calls the image: its path, or its index
 * @param labels how the logits are read
 * @param logits one per class, raw: as the head gives them
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

    /** The softmax of the logits divided by the temperature, computed in double precision. */
    public double[] probabilities() {
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

    /** Returns the image and its most probable class, such as {@code tulip.jpg: tulip (93.1 %)}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s: %s (%.1f %%)", id, label(), 100 * score());
    }
}
