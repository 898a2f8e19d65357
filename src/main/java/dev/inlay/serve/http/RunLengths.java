package dev.inlay.serve.http;

import dev.inlay.data.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The pixels of one class of a mask as COCO writes them without compression: column by column from the left, each from the top, how
 * many pixels in a row are not of the class, then how many are, and so on in turn; the first number is 0 where the first pixel is
 * of the class.
 *
 * <p>Source: <a href="https://github.com/cocodataset/cocoapi/blob/master/PythonAPI/pycocotools/mask.py">mask.py</a> of the COCO API.
 */
final class RunLengths {
    private final List<Integer> counts = new ArrayList<>();
    private int pixels;
    private int end;

    private RunLengths() {}

    /** Those of every class that a mask has, by its number. */
    static SortedMap<Integer, RunLengths> of(Mask mask) {
        SortedMap<Integer, RunLengths> classes = new TreeMap<>();
        int size = mask.values().length;
        int start = 0;
        int current = mask.at(0, 0);
        for (int i = 1; i <= size; i++) {
            int value = i == size ? -1 : mask.at(i % mask.height(), i / mask.height());
            if (value != current) {
                classes.computeIfAbsent(current, c -> new RunLengths()).add(start, i);
                start = i;
                current = value;
            }
        }
        classes.values().forEach(runs -> runs.close(size));
        return classes;
    }

    private void add(int start, int to) {
        counts.add(start - end);
        counts.add(to - start);
        pixels += to - start;
        end = to;
    }

    private void close(int size) {
        if (end < size) {
            counts.add(size - end);
        }
    }

    /** The numbers; together as many as the mask has pixels. */
    List<Integer> counts() {
        return counts;
    }

    /** How many pixels are of the class. */
    int pixels() {
        return pixels;
    }
}
