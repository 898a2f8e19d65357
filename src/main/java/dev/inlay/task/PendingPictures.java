package dev.inlay.task;

import dev.inlay.data.image.EncodedPicture;
import dev.inlay.data.image.ImageDecoder;
import dev.inlay.data.loading.PendingImage;
import dev.inlay.data.transform.ImageTransform;
import dev.inlay.error.DataException;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Pictures on their way to a model, numbered from 0; one that cannot be decoded is black and says why. */
final class PendingPictures implements Iterator<PendingImage> {
    private final Iterator<EncodedPicture> pictures;
    private final ImageTransform transform;
    private final ImageDecoder decoder;
    private final Map<Integer, Pending> underWay = new ConcurrentHashMap<>();
    private int next;

    /**
     * @param pictures asked for one by one
     * @param transform from a picture to the model's input
     */
    PendingPictures(Iterator<EncodedPicture> pictures, ImageTransform transform) {
        this.pictures = pictures;
        this.transform = transform;
        this.decoder = new ImageDecoder(transform.exifOrientation());
    }

    @Override
    public boolean hasNext() {
        return pictures.hasNext();
    }

    @Override
    public PendingImage next() {
        Pending pending = new Pending(next++, pictures.next());
        underWay.put(pending.index, pending);
        return pending;
    }

    /** Gives away the picture of a number, which was read. */
    Pending arrived(int index) {
        return underWay.remove(index);
    }

    /** One picture. */
    final class Pending implements PendingImage {
        private final int index;
        private final EncodedPicture picture;
        private DataException problem;

        private Pending(int index, EncodedPicture picture) {
            this.index = index;
            this.picture = picture;
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public void read(float[] out, int offset) {
            try {
                transform.finish(transform.prepare(picture.decode(decoder)), out, offset);
            } catch (DataException e) {
                problem = e;
            }
        }

        String id() {
            return picture.id();
        }

        /** Why it could not be decoded; empty if it could. */
        Optional<DataException> problem() {
            return Optional.ofNullable(problem);
        }
    }
}
