package dev.inlay.serve.training;

import dev.inlay.file.AtomicFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which images of a job are learned from and which are held out, and the lists that say so to a run. */
final class Lists {
    /** A class that has as many images as this can do without one of them while a training is judged. */
    private static final int ENOUGH = 4;

    private final List<Integer> labels;
    private final boolean[] heldOut;
    private final boolean enough;

    /**
     * Every fourth image of each class is held out, if every class has four or more.
     *
     * @param labels of the images, in their order
     */
    Lists(List<Integer> labels, int classes) {
        this.labels = labels;
        this.heldOut = new boolean[labels.size()];
        int[] counts = new int[classes];
        for (int i = 0; i < heldOut.length; i++) {
            counts[labels.get(i)]++;
            heldOut[i] = counts[labels.get(i)] % ENOUGH == 0;
        }
        boolean all = true;
        for (int count : counts) {
            all &= count >= ENOUGH;
        }
        this.enough = all;
    }

    /** Whether there are enough images to hold some out. */
    boolean holdsOut() {
        return enough;
    }

    /**
     * Writes the lists of a training from all images, which is judged by the same.
     *
     * @return what a run is to take them for
     */
    Names writeAll(Path folder) {
        List<Integer> all = indices(false, true);
        return write(folder, "all", all, all);
    }

    /** Writes the lists of a training without the images held out, which is judged by those. */
    Names writeHeldOut(Path folder) {
        return write(folder, "held-out", indices(false, false), indices(true, false));
    }

    private List<Integer> indices(boolean held, boolean all) {
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < heldOut.length; i++) {
            if (all || heldOut[i] == held) {
                chosen.add(i);
            }
        }
        return chosen;
    }

    /**
     * Names of lists.
     *
     * @param learned what a training learns from
     * @param both the same again, where a run wants a list of learned and validated images
     * @param validation the same again; nothing is chosen by them
     * @param judged what the result is judged by
     */
    record Names(String learned, String both, String validation, String judged) {}

    private Names write(Path folder, String name, List<Integer> learned, List<Integer> judged) {
        Names names = new Names(
                name + "-train.txt",
                name + "-both.txt",
                name + "-validation.txt",
                learned.equals(judged) ? name + "-train.txt" : name + "-test.txt");
        AtomicFile.write(folder.resolve(names.judged()), lines(judged));
        AtomicFile.write(folder.resolve(names.learned()), lines(learned));
        AtomicFile.write(folder.resolve(names.both()), lines(learned));
        AtomicFile.write(folder.resolve(names.validation()), lines(learned));
        return names;
    }

    private String lines(List<Integer> indices) {
        StringBuilder text = new StringBuilder();
        for (int index : indices) {
            text.append(JobFolder.image(index))
                    .append(' ')
                    .append(labels.get(index))
                    .append('\n');
        }
        return text.toString();
    }
}
