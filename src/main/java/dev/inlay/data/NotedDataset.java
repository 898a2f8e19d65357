package dev.inlay.data;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A data set whose images are taken in by {@link Contents} as they are first read.
 *
 * @param dataset the images
 * @param contents knows their files by their ids
 */
public record NotedDataset(Dataset dataset, Contents contents) implements Dataset {
    /** What {@link Contents} call the mask of an image. */
    private static String nameOfMask(String id) {
        return "mask of " + id;
    }

    /** Adds the files of image {@code i} of a data set to contents. */
    public static void add(Dataset dataset, int i, Contents contents) {
        String id = dataset.id(i);
        dataset.file(i).ifPresent(file -> contents.add(id, file));
        dataset.maskFile(i).ifPresent(file -> contents.add(nameOfMask(id), file));
    }

    @Override
    public String name() {
        return dataset.name();
    }

    @Override
    public LabelSpace labels() {
        return dataset.labels();
    }

    @Override
    public int size() {
        return dataset.size();
    }

    @Override
    public int label(int i) {
        return dataset.label(i);
    }

    @Override
    public float[] target(int i) {
        return dataset.target(i);
    }

    @Override
    public String id(int i) {
        return dataset.id(i);
    }

    @Override
    public Optional<Path> file(int i) {
        return dataset.file(i);
    }

    @Override
    public boolean isDrawn() {
        return dataset.isDrawn();
    }

    @Override
    public Optional<Path> maskFile(int i) {
        return dataset.maskFile(i);
    }

    @Override
    public Mask mask(int i) {
        contents.note(nameOfMask(dataset.id(i)));
        return dataset.mask(i);
    }

    @Override
    public RawImage image(int i) {
        contents.note(dataset.id(i));
        return dataset.image(i);
    }

    @Override
    public String fingerprint() {
        return dataset.fingerprint();
    }
}
