package dev.inlay.serve;

import dev.inlay.data.RawImage;
import java.util.List;

/** The images of a request. Each is asked for once, in order, and may be decoded when it is. */
public interface ImageSource {
    /** How many there are. */
    int size();

    /**
     * Returns image {@code i}.
     *
     * @throws dev.inlay.error.DataException if it cannot be decoded
     * @throws java.util.concurrent.CancellationException if nobody waits for the answers any more
     */
    RawImage image(int i);

    /** Returns images that are decoded already. */
    static ImageSource of(List<RawImage> images) {
        return new ImageSource() {
            @Override
            public int size() {
                return images.size();
            }

            @Override
            public RawImage image(int i) {
                return images.get(i);
            }
        };
    }
}
