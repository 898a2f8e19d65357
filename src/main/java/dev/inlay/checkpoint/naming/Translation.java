package dev.inlay.checkpoint.naming;

import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * What becomes of every tensor of a checkpoint in other names: an answer on names and shapes, before any element is read.
 *
 * @param layout the layout translated from or to, for people
 * @param steps how tensors are made of others, in the order of the file
 * @param shapes name to shape of all that is made
 * @param dropped name to reason of all that is left out
 * @param unexplained one line for each tensor for which the layout has no answer, and each that does not fit
 */
public record Translation(
        String layout,
        List<Step> steps,
        Map<String, List<Long>> shapes,
        Map<String, String> dropped,
        List<String> unexplained) {

    /**
     * One or more tensors made of one or more others.
     *
     * @param from names of what is read, in the order of the change
     * @param to names of what is made
     * @param change what is done to them, for people; empty if nothing
     */
    public record Step(List<String> from, List<String> to, String change, Function<List<Tensor>, List<Tensor>> work) {
        /** Copies the names. */
        public Step {
            from = List.copyOf(from);
            to = List.copyOf(to);
        }

        /** Whether it gives one tensor as it is under the name that it has. */
        public boolean isIdentity() {
            return change.isEmpty() && from.equals(to);
        }

        @Override
        public String toString() {
            return String.join(", ", to) + " ← " + String.join(", ", from)
                    + (change.isEmpty() ? "" : " (" + change + ")");
        }
    }

    /** Copies the collections. */
    public Translation {
        steps = List.copyOf(steps);
        shapes = Collections.unmodifiableMap(new LinkedHashMap<>(shapes));
        dropped = Collections.unmodifiableMap(new LinkedHashMap<>(dropped));
        unexplained = List.copyOf(unexplained);
    }

    /**
     * Makes the tensors, one step at a time, so that no more than one step's sources are in memory beside the results.
     *
     * @param source gives an owned tensor for a name of the file; each is released after its step
     * @return by name; owned by the caller
     */
    public Map<String, Tensor> read(Function<String, Tensor> source) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try {
            for (Step step : steps) {
                make(step, source, tensors);
            }
            return tensors;
        } catch (RuntimeException e) {
            tensors.values().forEach(Tensors::release);
            throw e;
        }
    }

    private static void make(Step step, Function<String, Tensor> source, Map<String, Tensor> tensors) {
        List<Tensor> sources = new ArrayList<>();
        try (PointerScope scope = new PointerScope()) {
            step.from().forEach(name -> sources.add(source.apply(name)));
            List<Tensor> made = step.work().apply(sources);
            for (int i = 0; i < made.size(); i++) {
                Tensor tensor = made.get(i);
                // a part of a larger tensor would keep all of it alive
                tensors.put(step.to().get(i), Tensors.own(made.size() > 1 ? tensor.clone() : tensor.contiguous()));
            }
        } finally {
            sources.forEach(Tensors::release);
        }
    }

    /** Whether every tensor keeps its name and is taken as it is. */
    public boolean isIdentity() {
        return unexplained.isEmpty() && dropped.isEmpty() && steps.stream().allMatch(Step::isIdentity);
    }

    /** What was mapped and dropped, for the log: nothing about tensors that keep their names. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        List<Step> changed = steps.stream().filter(step -> !step.isIdentity()).toList();
        if (!changed.isEmpty()) {
            notes.add(layout + ", mapped to " + shapes.size() + " tensors:"
                    + changed.stream().map(step -> "\n  " + step).collect(Collectors.joining()));
        }
        dropped.entrySet().stream()
                .collect(Collectors.groupingBy(
                        Map.Entry::getValue,
                        LinkedHashMap::new,
                        Collectors.mapping(Map.Entry::getKey, Collectors.joining(", "))))
                .forEach((reason, names) -> notes.add("dropped (" + reason + ") " + names));
        return notes;
    }
}
