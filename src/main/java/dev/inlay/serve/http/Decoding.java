package dev.inlay.serve.http;

import dev.inlay.data.RawImage;
import dev.inlay.data.image.ExifOrientation;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.serve.http.Images.Encoded;
import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** Decodes images for few requests at a time, and for each of them one image at a time: decoded ones are large. */
final class Decoding {
    /** Of a pixel, at most: 16-bit RGBA as it is read, and 8-bit RGB. */
    private static final int BYTES_PER_PIXEL = 12;

    private final int maxPixels;
    private final Semaphore slots;

    /**
     * @param maxPixels of an image
     * @param most images decoded at a time; 0 for one per core, fewer where half of the heap does not hold as many
     */
    Decoding(int maxPixels, int most) {
        this.maxPixels = maxPixels;
        this.slots = new Semaphore(most > 0 ? most : fitting(maxPixels));
    }

    private static int fitting(int maxPixels) {
        long inHeap = Runtime.getRuntime().maxMemory() / 2 / ((long) maxPixels * BYTES_PER_PIXEL);
        return (int) Math.max(1, Math.min(inHeap, Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Has a function ask for the pictures of images, each decoded when it is asked for.
     *
     * @param orientation as the task was trained
     * @param use asks for each once, in order, and keeps none of them
     */
    <T> T decode(List<Encoded> images, ExifOrientation orientation, Function<List<RawImage>, T> use) {
        slots.acquireUninterruptibly();
        try {
            return use.apply(new Pictures(images, new ImageDecoder(orientation, maxPixels)));
        } finally {
            slots.release();
        }
    }

    private static final class Pictures extends AbstractList<RawImage> {
        private final List<Encoded> images;
        private final ImageDecoder decoder;

        private Pictures(List<Encoded> images, ImageDecoder decoder) {
            this.images = images;
            this.decoder = decoder;
        }

        @Override
        public RawImage get(int index) {
            Encoded image = images.get(index);
            return decoder.decode(image.bytes(), image.name());
        }

        @Override
        public int size() {
            return images.size();
        }
    }
}
