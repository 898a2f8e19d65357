package dev.inlay.proposal;

import dev.inlay.data.Dataset;
import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.error.DataException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What some of the images look like, taken evenly from all.
 *
 * @param sizes of those that could be decoded, upright, from the smallest area to the largest
 * @param turned how many of them have a tag that turns or mirrors them
 * @param bad why each of the others cannot be decoded
 */
record ImageSample(List<Size> sizes, long turned, List<String> bad) {
    /** The most images that are read. */
    static final int MAX_IMAGES = 200;

    /**
     * The size of an image.
     *
     * @param width in pixels
     * @param height in pixels
     */
    record Size(int width, int height) {
        long area() {
            return (long) width * height;
        }

        int shortSide() {
            return Math.min(width, height);
        }

        @Override
        public String toString() {
            return width + " × " + height;
        }
    }

    /** What became of one image. */
    private record Seen(Optional<Size> size, boolean turned, String problem) {}

    /** Reads at most {@value #MAX_IMAGES} images of some data sets. */
    static ImageSample of(List<Dataset> datasets) {
        int all = datasets.stream().mapToInt(Dataset::size).sum();
        int read = Math.min(all, MAX_IMAGES);
        ImageDecoder decoder = new ImageDecoder(ExifOrientation.APPLY);
        List<Seen> seen = IntStream.range(0, read)
                .parallel()
                .mapToObj(i -> look(datasets, (int) ((long) i * all / read), decoder))
                .toList();
        List<Size> sizes = new ArrayList<>(
                seen.stream().flatMap(image -> image.size().stream()).toList());
        sizes.sort(Comparator.comparingLong(Size::area).thenComparingInt(Size::width));
        return new ImageSample(
                List.copyOf(sizes),
                seen.stream().filter(Seen::turned).count(),
                seen.stream()
                        .map(Seen::problem)
                        .filter(problem -> !problem.isEmpty())
                        .toList());
    }

    private static Seen look(List<Dataset> datasets, int index, ImageDecoder decoder) {
        int i = index;
        for (Dataset dataset : datasets) {
            if (i < dataset.size()) {
                try {
                    RawImage image = dataset.image(i);
                    boolean turned = dataset.file(i).map(decoder::isTurned).orElse(false);
                    return new Seen(Optional.of(new Size(image.width(), image.height())), turned, "");
                } catch (DataException e) {
                    return new Seen(Optional.empty(), false, e.getMessage());
                }
            }
            i -= dataset.size();
        }
        throw new IndexOutOfBoundsException(index);
    }

    int read() {
        return sizes.size() + bad.size();
    }

    Size median() {
        return sizes.get(sizes.size() / 2);
    }
}
