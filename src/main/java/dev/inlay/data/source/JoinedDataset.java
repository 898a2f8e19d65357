package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Two datasets of the same classes, one after the other.
 *
 * @param first its examples come first
 * @param second the others
 */
public record JoinedDataset(Dataset first, Dataset second) implements Dataset {
    /**
     * @throws IllegalArgumentException if the classes differ
     */
    public JoinedDataset {
        if (!first.labels().equals(second.labels())) {
            throw new IllegalArgumentException(first.name() + " and " + second.name() + " have different classes");
        }
    }

    @Override
    public String name() {
        return first.name() + " + " + second.name();
    }

    @Override
    public LabelSpace labels() {
        return first.labels();
    }

    @Override
    public int size() {
        return first.size() + second.size();
    }

    @Override
    public int label(int i) {
        return i < first.size() ? first.label(i) : second.label(i - first.size());
    }

    @Override
    public float[] target(int i) {
        return i < first.size() ? first.target(i) : second.target(i - first.size());
    }

    @Override
    public String id(int i) {
        return i < first.size() ? first.id(i) : second.id(i - first.size());
    }

    @Override
    public Optional<Path> file(int i) {
        return i < first.size() ? first.file(i) : second.file(i - first.size());
    }

    @Override
    public Optional<Path> maskFile(int i) {
        return i < first.size() ? first.maskFile(i) : second.maskFile(i - first.size());
    }

    @Override
    public Mask mask(int i) {
        return i < first.size() ? first.mask(i) : second.mask(i - first.size());
    }

    @Override
    public RawImage image(int i) {
        return i < first.size() ? first.image(i) : second.image(i - first.size());
    }

    @Override
    public String fingerprint() {
        return new Fingerprint()
                .with(first.fingerprint())
                .with(second.fingerprint())
                .hex();
    }
}
