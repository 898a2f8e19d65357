package dev.inlay.data.loading;

import dev.inlay.data.LabelSpace;
import dev.inlay.tensor.Device;
import java.nio.FloatBuffer;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * Some examples as tensors on one device, which belong to the scope of whoever asked for the batch.
 *
 * @param indices which examples, B of them, as draws of {@link Order}
 * @param input what goes into the backbone, float32: normalised images (B, 3, H, W), or what its first steps gave for them
 * @param step the step of the backbone that takes {@code input}; 0 for images
 * @param labels the targets: (B) int64 where each image has one class, (B, H, W) int64 where each pixel has one, else (B, K) float32 of K outputs
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Batch(int[] indices, Tensor input, int step, Tensor labels) {
    /** Some examples as images (B, 3, H, W). */
    public Batch(int[] indices, Tensor images, Tensor labels) {
        this(indices, images, 0, labels);
    }

    /**
     * Targets as {@link #labels} has them.
     *
     * @param height of the images, which is that of masks
     */
    static Tensor targets(Device device, LabelSpace.Kind kind, int height, List<float[]> rows) {
        return switch (kind) {
            case SINGLE -> {
                long[] classes = rows.stream().mapToLong(row -> (long) row[0]).toArray();
                yield device.of(classes, classes.length);
            }
            case MULTI, NUMBERS -> {
                int outputs = rows.get(0).length;
                FloatBuffer all = FloatBuffer.allocate(rows.size() * outputs);
                rows.forEach(all::put);
                yield device.of(all.array(), rows.size(), outputs);
            }
            case MASKS -> {
                int pixels = rows.get(0).length;
                long[] classes = new long[rows.size() * pixels];
                for (int i = 0; i < classes.length; i++) {
                    classes[i] = (long) rows.get(i / pixels)[i % pixels];
                }
                yield device.of(classes, rows.size(), height, pixels / height);
            }
        };
    }

    /** B. */
    public int size() {
        return indices.length;
    }
}
