package dev.inlay.bench;

import dev.inlay.backbone.Backbone;
import dev.inlay.data.Examples;
import dev.inlay.data.LabelSpace;
import dev.inlay.data.loading.Batch;
import dev.inlay.random.Key;
import dev.inlay.tensor.Tensors;
import dev.inlay.tuning.Initial;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images of noise, ready-made in memory.
 *
 * @param height in pixels
 * @param width in pixels
 * @param pixels N(0, 1), (3, height, width) each
 */
public record BenchImages(int height, int width, List<float[]> pixels) implements Examples {
    /** Returns so many images of the size that a backbone takes. */
    public static BenchImages of(Backbone backbone, int size) {
        long each = 3L * backbone.height() * backbone.width();
        List<float[]> pixels = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            pixels.add(Initial.normal(Key.of(0, "bench").at(i), each, 0, 1));
        }
        return new BenchImages(backbone.height(), backbone.width(), pixels);
    }

    /** Returns these images again and again, so that many cost the memory of few. */
    public BenchImages repeated(int size) {
        return new BenchImages(
                height,
                width,
                IntStream.range(0, size)
                        .mapToObj(i -> pixels.get(i % pixels.size()))
                        .toList());
    }

    /** All of them as one batch, of the caller's scope. */
    Batch batch() {
        int each = 3 * height * width;
        float[] all = new float[Math.multiplyExact(size(), each)];
        for (int i = 0; i < size(); i++) {
            System.arraycopy(pixels.get(i), 0, all, i * each, each);
        }
        int[] indices = IntStream.range(0, size()).toArray();
        int[] labels = IntStream.of(indices).map(this::label).toArray();
        return new Batch(indices, Tensors.of(all, size(), 3, height, width), Tensors.indices(labels));
    }

    @Override
    public int size() {
        return pixels.size();
    }

    @Override
    public LabelSpace labels() {
        return LabelSpace.oneOf(
                IntStream.range(0, Workload.CLASSES).mapToObj(Integer::toString).toList());
    }

    @Override
    public int label(int i) {
        return i % Workload.CLASSES;
    }

    @Override
    public String id(int i) {
        return Integer.toString(i);
    }

    @Override
    public void read(int i, int epoch, float[] out, int offset) {
        System.arraycopy(pixels.get(i), 0, out, offset, pixels.get(i).length);
    }

    @Override
    public boolean repeats() {
        return true;
    }

    @Override
    public String fingerprint() {
        return "noise";
    }
}
