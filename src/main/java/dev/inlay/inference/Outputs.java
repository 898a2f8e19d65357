package dev.inlay.inference;

import dev.inlay.error.DataException;
import dev.inlay.error.InlayException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gathers outputs of a head and their targets, of labels that have a target for each output. For one thread. */
final class Outputs {
    private final List<String> names;
    private final List<float[]> outputs = new ArrayList<>();
    private final List<float[]> targets = new ArrayList<>();

    /**
     * @param names of the outputs, K of them
     */
    Outputs(List<String> names) {
        this.names = names;
    }

    /**
     * Adds a batch, row by row.
     *
     * @throws InlayException if an output is not finite; names the example and the output, and nothing of the batch counts
     * @throws IllegalArgumentException if there are not K outputs and K targets for each example
     */
    void add(float[] some, float[] of) {
        int size = names.size();
        if (some.length != of.length || some.length % size != 0) {
            throw new IllegalArgumentException("expected " + size + " outputs and targets for each example, found "
                    + some.length + " and " + of.length);
        }
        for (int i = 0; i < some.length; i++) {
            if (!Float.isFinite(some[i])) {
                throw new InlayException("example " + (outputs.size() + i / size) + ": the output "
                        + names.get(i % size) + " is " + some[i] + ", not a finite number; the training may have"
                        + " diverged: lower the learning rate, or check the weights and the input");
            }
        }
        for (int i = 0; i < some.length; i += size) {
            outputs.add(Arrays.copyOfRange(some, i, i + size));
            targets.add(Arrays.copyOfRange(of, i, i + size));
        }
    }

    /**
     * How many examples there are.
     *
     * @throws DataException if there is none
     */
    int examples() {
        if (outputs.isEmpty()) {
            throw new DataException("nothing to evaluate: expected at least one example, found none");
        }
        return outputs.size();
    }

    /** The outputs of example {@code i}. */
    float[] outputs(int i) {
        return outputs.get(i);
    }

    /** The target of output {@code k} of example {@code i}. */
    double target(int i, int k) {
        return targets.get(i)[k];
    }

    /** Output {@code k} of every example. */
    double[] column(int k) {
        return outputs.stream().mapToDouble(row -> row[k]).toArray();
    }

    /** Whether the target of output {@code k} is that an example has the class, for every example. */
    boolean[] has(int k) {
        boolean[] has = new boolean[targets.size()];
        for (int i = 0; i < has.length; i++) {
            has[i] = targets.get(i)[k] > 0.5;
        }
        return has;
    }
}
