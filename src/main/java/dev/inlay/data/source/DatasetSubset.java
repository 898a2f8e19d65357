package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Some images of a data set, with the same classes.
 *
 * @param all the data set
 * @param indices which of its images, in order
 */
public record DatasetSubset(Dataset all, List<Integer> indices) implements Dataset {
    /** Copies the list. */
    public DatasetSubset {
        indices = List.copyOf(indices);
    }

    @Override
    public String name() {
        return all.name();
    }

    @Override
    public LabelSpace labels() {
        return all.labels();
    }

    @Override
    public int size() {
        return indices.size();
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
    public String id(int i) {
        return all.id(indices.get(i));
    }

    @Override
    public Optional<Path> file(int i) {
        return all.file(indices.get(i));
    }

    @Override
    public Optional<Path> maskFile(int i) {
        return all.maskFile(indices.get(i));
    }

    @Override
    public Mask mask(int i) {
        return all.mask(indices.get(i));
    }

    @Override
    public RawImage image(int i) {
        return all.image(indices.get(i));
    }

    @Override
    public boolean isDrawn() {
        return all.isDrawn();
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().with(all.fingerprint());
        indices.forEach(fingerprint::with);
        return fingerprint.hex();
    }
}
