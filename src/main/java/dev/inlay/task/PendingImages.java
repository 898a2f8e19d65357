package dev.inlay.task;

import dev.inlay.data.RawImage;
import dev.inlay.data.image.EncodedImage;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.loading.PendingImage;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Images on their way to a model, numbered from 0; one that cannot be decoded is black and says why. */
final class PendingImages implements Iterator<PendingImage> {
    private final Iterator<EncodedImage> images;
    private final ImageTransform transform;
    private final ImageDecoder decoder;
    private final Map<Integer, Pending> underWay = new ConcurrentHashMap<>();
    private int next;

    /**
     * @param images asked for one by one
     * @param transform from an image to the model's input
     */
    PendingImages(Iterator<EncodedImage> images, ImageTransform transform) {
        this.images = images;
        this.transform = transform;
        this.decoder = new ImageDecoder(transform.exifOrientation());
    }

    @Override
    public boolean hasNext() {
        return images.hasNext();
    }

    @Override
    public PendingImage next() {
        Pending pending = new Pending(next++, images.next());
        underWay.put(pending.index, pending);
        return pending;
    }

    /** The image of a number, which was read. */
    Pending at(int index) {
        return underWay.get(index);
    }

    /** Gives away the image of a number, which was read. */
    Pending arrived(int index) {
        return underWay.remove(index);
    }

    /** One image. */
    final class Pending implements PendingImage {
        private final int index;
        private final EncodedImage image;
        private int height;
        private int width;
        private DataException problem;

        private Pending(int index, EncodedImage image) {
            this.index = index;
            this.image = image;
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public void read(float[] out, int offset) {
            try {
                RawImage decoded = image.decode(decoder);
                height = decoded.height();
                width = decoded.width();
                transform.finish(transform.prepare(decoded), out, offset);
            } catch (DataException e) {
                problem = e;
            }
        }

        String id() {
            return image.id();
        }

        EncodedImage encoded() {
            return image;
        }

        /** Of the decoded image, in pixels; 0 if it could not be decoded. */
        int height() {
            return height;
        }

        /** Of the decoded image, in pixels; 0 if it could not be decoded. */
        int width() {
            return width;
        }

        /** Why it could not be decoded; empty if it could. */
        Optional<DataException> problem() {
            return Optional.ofNullable(problem);
        }
    }
}
