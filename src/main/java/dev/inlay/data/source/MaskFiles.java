package dev.inlay.data.source;

import dev.inlay.data.Dataset;
import dev.inlay.data.Fingerprint;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.Mask;
import dev.inlay.data.RawImage;
import dev.inlay.data.source.ImageFiles.LabelledFile;
import dev.inlay.error.DataException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Image files with a mask each.
 *
 * @param files the images; their labels mean nothing
 * @param masks by the id of the image
 * @param reading of the masks
 */
record MaskFiles(ImageFiles files, Map<String, Path> masks, Reading reading) implements Dataset {
    /**
     * How the numbers of masks are meant.
     *
     * @param labels classes by number
     * @param ignored numbers of pixels that do not count
     */
    record Reading(LabelSpace.PixelClasses labels, Set<Integer> ignored) {
        Reading {
            ignored = Set.copyOf(ignored);
        }

        /**
         * The numbers of classes, with what does not count as {@link LabelSpace.PixelClasses#IGNORED}.
         *
         * @throws DataException naming the file and the numbers that are neither, or if no pixel counts
         */
        Mask mask(Mask stored, Path file) {
            byte[] values = new byte[stored.values().length];
            Set<Integer> unknown = new TreeSet<>();
            boolean counts = false;
            for (int i = 0; i < values.length; i++) {
                int number = stored.values()[i] & 0xff;
                if (ignored.contains(number)) {
                    values[i] = (byte) LabelSpace.PixelClasses.IGNORED;
                } else if (number < labels.size()) {
                    values[i] = (byte) number;
                    counts = true;
                } else {
                    unknown.add(number);
                }
            }
            if (!unknown.isEmpty()) {
                throw new DataException(file + ": expected numbers from 0 to " + (labels.size() - 1) + " (the "
                        + labels.size() + " classes) and those of data.ignore " + new TreeSet<>(ignored) + ", found "
                        + unknown + "; name all classes in data.classes, or add what does not count to data.ignore");
            }
            if (!counts) {
                throw new DataException(
                        file + ": no pixel counts, all have numbers of data.ignore; leave the image out");
            }
            return new Mask(stored.width(), stored.height(), values);
        }
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
    public RawImage image(int i) {
        return files.image(i);
    }

    @Override
    public Mask mask(int i) {
        Path file = masks.get(files.id(i));
        return reading.mask(files.decoder().mask(file), file);
    }

    @Override
    public boolean isDrawn() {
        return files.isDrawn();
    }

    @Override
    public String fingerprint() {
        Fingerprint fingerprint =
                new Fingerprint().with(reading.labels().names()).with(new TreeSet<>(reading.ignored()).toString());
        for (LabelledFile file : files.files()) {
            fingerprint.with(file.id()).with(masks.get(file.id()).getFileName().toString());
        }
        return fingerprint.hex();
    }
}
