package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ImageDecoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Labelled image files.
 *
 * @param name what a person calls them
 * @param labels what their targets are
 * @param files in their order
 * @param decoder reads them
 * @param isDrawn whether they were drawn at random from those of another split
 */
record ImageFiles(String name, LabelSpace labels, List<LabelledFile> files, ImageDecoder decoder, boolean isDrawn)
        implements Dataset {
    ImageFiles {
        files = List.copyOf(files);
    }

    /**
     * An image and its target.
     *
     * @param id the path as its list or folder writes it
     * @param file where it is
     * @param target as {@link Dataset#target} has it
     */
    record LabelledFile(String id, Path file, List<Float> target) {
        LabelledFile {
            target = List.copyOf(target);
        }

        /** An image of one class. */
        LabelledFile(String id, Path file, int label) {
            this(id, file, List.of((float) label));
        }

        /** The index of its class, where it has one. */
        int label() {
            return target.get(0).intValue();
        }
    }

    static Splits<Dataset> splits(String name, LabelSpace labels, SeededSplit.Parts parts, ImageDecoder decoder) {
        List<LabelledFile> both = Stream.concat(parts.train().stream(), parts.validation().stream())
                .toList();
        return new Splits<>(
                new ImageFiles(name + " (train)", labels, parts.train(), decoder, false),
                new ImageFiles(name + " (validation)", labels, parts.validation(), decoder, parts.validationIsDrawn()),
                new ImageFiles(name + " (train and validation)", labels, both, decoder, false),
                new ImageFiles(name + " (test)", labels, parts.test(), decoder, parts.testIsDrawn()));
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public int label(int i) {
        labels.requireOneClass(name);
        return files.get(i).label();
    }

    @Override
    public float[] target(int i) {
        return values(files.get(i).target());
    }

    static float[] values(List<Float> target) {
        float[] values = new float[target.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = target.get(k);
        }
        return values;
    }

    @Override
    public String id(int i) {
        return files.get(i).id();
    }

    @Override
    public Optional<Path> file(int i) {
        return Optional.of(files.get(i).file());
    }

    @Override
    public RawImage image(int i) {
        return decoder.decode(files.get(i).file());
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint = new Fingerprint().with(labels.names());
        for (LabelledFile file : files) {
            fingerprint.with(file.id());
            if (labels.kind() == LabelSpace.Kind.SINGLE) {
                fingerprint.with(file.label());
            } else {
                fingerprint.with(file.target().toString());
            }
        }
        return fingerprint.hex();
    }
}
