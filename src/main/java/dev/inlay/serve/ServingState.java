package dev.inlay.serve;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a {@link Predictor} stands at one moment.
 *
 * @param waiting images in the queue
 * @param tasks how many tasks there are of each kind, 0 included
 * @param apart how many of them are computed apart from the others
 * @param nativeBytes of numbers that the tasks hold outside of the Java heap
 * @param heapBytes of numbers and positions that the tasks hold on the Java heap
 */
public record ServingState(int waiting, SortedMap<String, Integer> tasks, int apart, long nativeBytes, long heapBytes) {
    /** Copies the map. */
    public ServingState {
        tasks = Collections.unmodifiableSortedMap(new TreeMap<>(Map.copyOf(tasks)));
    }
}
