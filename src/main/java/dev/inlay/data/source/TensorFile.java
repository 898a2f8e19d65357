package dev.inlay.data.source;

import dev.inlay.checkpoint.safetensors.Dtype;
import dev.inlay.checkpoint.safetensors.SafeTensorsFile;
import dev.inlay.checkpoint.safetensors.TensorInfo;
import dev.inlay.error.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** One file of images and labels, checked and mapped. */
final class TensorFile {
    private static final int MAX_LABEL = 999_999;

    private final Path path;
    private final int height;
    private final int width;
    private final int[] labels;
    private final ByteBuffer images;

    private TensorFile(Path path, int height, int width, int[] labels, ByteBuffer images) {
        this.path = path;
        this.height = height;
        this.width = width;
        this.labels = labels;
        this.images = images;
    }

    static TensorFile open(Path path) {
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            TensorInfo images = file.info("images");
            List<Long> shape = images.shape();
            if (images.dtype() != Dtype.F32 || shape.size() != 4 || shape.get(1) != 3 || shape.contains(0L)) {
                throw new DataException(
                        path + ": images: expected (N, 3, H, W) F32, found " + shape + " " + images.dtype());
            }
            TensorInfo labels = file.info("labels");
            if (labels.dtype() != Dtype.I64 || !labels.shape().equals(List.of(shape.get(0)))) {
                throw new DataException(path + ": labels: expected [" + shape.get(0)
                        + "] I64 as there are images, found " + labels.shape() + " " + labels.dtype());
            }
            return new TensorFile(
                    path,
                    Math.toIntExact(shape.get(2)),
                    Math.toIntExact(shape.get(3)),
                    inRange(path, file.longs("labels")),
                    file.buffer("images"));
        }
    }

    private static int[] inRange(Path path, long[] labels) {
        int[] checked = new int[labels.length];
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] > MAX_LABEL) {
                throw new DataException(
                        path + ": labels[" + i + "]: expected 0 to " + MAX_LABEL + ", found " + labels[i]);
            }
            checked[i] = (int) labels[i];
        }
        return checked;
    }

    Path path() {
        return path;
    }

    int height() {
        return height;
    }

    int width() {
        return width;
    }

    int size() {
        return labels.length;
    }

    int classes() {
        return Arrays.stream(labels).max().orElse(-1) + 1;
    }

    int label(int i) {
        return labels[i];
    }

    /** Writes image {@code i}, (3, height, width), into {@code out} from {@code offset}. */
    void read(int i, float[] out, int offset) {
        int length = 3 * height * width;
        images.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(i * length, out, offset, length);
    }

    /** The bytes of all images, at their start. */
    ByteBuffer bytes() {
        return images.duplicate();
    }
}
