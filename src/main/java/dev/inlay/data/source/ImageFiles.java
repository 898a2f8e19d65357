package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
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
 * @param classNames by label
 * @param files in their order
 * @param decoder reads them
 * @param isDrawn whether they were drawn at random from those of another split
 */
record ImageFiles(String name, List<String> classNames, List<LabelledFile> files, ImageDecoder decoder, boolean isDrawn)
        implements Dataset {
    ImageFiles {
        classNames = List.copyOf(classNames);
        files = List.copyOf(files);
    }

    /**
     * An image and its label.
     *
     * @param id the path as its list or folder writes it
     * @param file where it is
     * @param label in [0, classes)
     */
    record LabelledFile(String id, Path file, int label) {}

    static Splits<Dataset> splits(String name, List<String> classNames, SeededSplit.Parts parts, ImageDecoder decoder) {
        List<LabelledFile> both = Stream.concat(parts.train().stream(), parts.validation().stream())
                .toList();
        return new Splits<>(
                new ImageFiles(name + " (train)", classNames, parts.train(), decoder, false),
                new ImageFiles(
                        name + " (validation)", classNames, parts.validation(), decoder, parts.validationIsDrawn()),
                new ImageFiles(name + " (train and validation)", classNames, both, decoder, false),
                new ImageFiles(name + " (test)", classNames, parts.test(), decoder, parts.testIsDrawn()));
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public int label(int i) {
        return files.get(i).label();
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
        Fingerprint fingerprint = new Fingerprint().with(classNames);
        for (LabelledFile file : files) {
            fingerprint.with(file.id()).with(file.label());
        }
        return fingerprint.hex();
    }
}
