package dev.inlay.data;

import java.util.List;

/**
 * Some of other examples, with the same classes.
 *
 * @param all borrowed; closing the subset leaves them open
 * @param indices which of them, in order
 */
public record ExampleSubset(Examples all, List<Integer> indices) implements Examples {
    /** Copies the list. */
    public ExampleSubset {
        indices = List.copyOf(indices);
    }

    @Override
    public int size() {
        return indices.size();
    }

    @Override
    public LabelSpace labels() {
        return all.labels();
    }

    @Override
    public int label(int i) {
        return all.label(indices.get(i));
    }

    @Override
    public float[] target(int i) {
        return all.target(indices.get(i));
    }

    @Override
    public float[] target(int i, int epoch, int again) {
        return all.target(indices.get(i), epoch, again);
    }

    @Override
    public Mask mask(int i) {
        return all.mask(indices.get(i));
    }

    @Override
    public String id(int i) {
        return all.id(indices.get(i));
    }

    @Override
    public int height() {
        return all.height();
    }

    @Override
    public int width() {
        return all.width();
    }

    @Override
    public void read(int i, int epoch, float[] out, int offset) {
        all.read(indices.get(i), epoch, out, offset);
    }

    @Override
    public void read(int i, int epoch, int again, float[] out, int offset) {
        all.read(indices.get(i), epoch, again, out, offset);
    }

    @Override
    public boolean repeats() {
        return all.repeats();
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().with(all.fingerprint());
        indices.forEach(fingerprint::with);
        return fingerprint.hex();
    }
}
