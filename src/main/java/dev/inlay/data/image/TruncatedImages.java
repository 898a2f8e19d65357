package dev.inlay.data.image;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/** What is done with images whose data end too early, and which ones did; for any number of threads. */
public final class TruncatedImages {
    private final boolean accepted;
    private final Set<String> names = new ConcurrentSkipListSet<>();

    private TruncatedImages(boolean accepted) {
        this.accepted = accepted;
    }

    /** They are refused, as Pillow does. */
    public static TruncatedImages refuse() {
        return new TruncatedImages(false);
    }

    /**
     * What is there of them is decoded and the rest left black (grey in a JPEG), as Pillow does with {@code
     * LOAD_TRUNCATED_IMAGES}.
     */
    public static TruncatedImages accept() {
        return new TruncatedImages(true);
    }

    /** Whether they are decoded. */
    public boolean accepted() {
        return accepted;
    }

    /** The truncated images that were decoded so far, each once. */
    public List<String> names() {
        return List.copyOf(names);
    }

    void add(String name) {
        names.add(name);
    }
}
