package dev.inlay.data.loading;

import dev.inlay.data.Dataset;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.RawImage;
import java.util.List;

/** Images whose every pixel differs from its neighbours. */
final class GradientImages implements Dataset {
    static final int BYTES = 10 * 8 * 3;

    private final int size;

    GradientImages(int size) {
        this.size = size;
    }

    @Override
    public String name() {
        return "gradients";
    }

    @Override
    public LabelSpace labels() {
        return LabelSpace.oneOf(List.of("only"));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int label(int i) {
        return 0;
    }

    @Override
    public String id(int i) {
        return Integer.toString(i);
    }

    @Override
    public RawImage image(int i) {
        byte[] rgb = new byte[BYTES];
        for (int k = 0; k < BYTES; k++) {
            rgb[k] = (byte) (k + 13 * i);
        }
        return new RawImage(10, 8, rgb);
    }

    @Override
    public String fingerprint() {
        return "gradients " + size;
    }
}
