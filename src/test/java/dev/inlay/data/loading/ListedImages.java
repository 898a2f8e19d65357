package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.Images;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import dev.inlay.error.DataException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Plain images whose red sample is their number; some cannot be decoded. */
final class ListedImages implements Dataset {
    private final int size;
    private final Set<Integer> bad;
    private final AtomicInteger decoded = new AtomicInteger();

    ListedImages(int size, Set<Integer> bad) {
        this.size = size;
        this.bad = bad;
    }

    /** How many images were asked for so far. */
    int decoded() {
        return decoded.get();
    }

    @Override
    public String name() {
        return "listed";
    }

    @Override
    public LabelSpace labels() {
        return LabelSpace.oneOf(List.of("even", "odd"));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int i) {
        return i % 2;
    }

    @Override
    public String id(int i) {
        return "image " + i;
    }

    @Override
    public RawImage image(int i) {
        decoded.incrementAndGet();
        if (bad.contains(i)) {
            throw new DataException("image " + i + ": damaged");
        }
        return Images.plain(6, 5, i, 100, 200);
    }

    @Override
    public String fingerprint() {
        return "listed " + size;
    }
}
