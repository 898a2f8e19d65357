package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Image files with a mask each.
 *
 * @param files the images; their labels mean nothing
 * @param masks by the id of the image
 * @param reading of the masks
 */
record MaskFiles(ImageFiles files, Map<String, Path> masks, MaskReading reading) implements Dataset {
    private static final List<String> ANY_CLASS = List.of("any");

    /**
     * Divides what has no division.
     *
     * @param found images by split, those to train on among them
     * @param problems gets what does not fit
     * @throws dev.inlay.error.DataException if there are problems
     */
    static Splits<Dataset> splits(
            Path root,
            Map<SplitName, List<LabelledFile>> found,
            Map<String, Path> masks,
            MaskReading reading,
            SeededSplit split,
            ImageDecoder decoder,
            DatasetProblems problems) {
        SeededSplit.Parts parts = split.divide(
                LabelSpace.Kind.MASKS,
                ANY_CLASS,
                found.get(SplitName.TRAIN),
                Optional.ofNullable(found.get(SplitName.VALIDATION)),
                Optional.ofNullable(found.get(SplitName.TEST)),
                Groups.NONE,
                problems);
        problems.throwIfAny(root.toString());
        return ImageFiles.splits(root.toString(), reading.labels(), parts, decoder)
                .map(files -> new MaskFiles((ImageFiles) files, masks, reading));
    }

    @Override
    public String name() {
        return files.name();
    }

    @Override
    public LabelSpace labels() {
        return reading.labels();
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public int label(int i) {
        throw new IllegalStateException(name() + ": every pixel has a class of its own");
    }

    @Override
    public String id(int i) {
        return files.id(i);
    }

    @Override
    public Optional<Path> file(int i) {
        return files.file(i);
    }

    @Override
    public Optional<Path> maskFile(int i) {
        return Optional.of(masks.get(files.id(i)));
    }

    @Override
    public RawImage image(int i) {
        return files.image(i);
    }

    @Override
    public Mask mask(int i) {
        return reading.read(files.decoder(), masks.get(files.id(i)));
    }

    @Override
    public boolean isDrawn() {
        return files.isDrawn();
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint = new Fingerprint();
        reading.addTo(fingerprint);
        for (LabelledFile file : files.files()) {
            fingerprint.with(file.id()).with(masks.get(file.id()).getFileName().toString());
        }
        return fingerprint.hex();
    }
}
