package dev.inlay.backbone;

import dev.inlay.random.Key;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Tensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Noise keyed by (seed, epoch, sample, place): what a sample draws depends neither on the batch it is in nor on the order
 * of draws, so a resumed, recomputed or distributed run draws the same.
 */
public final class SampleDropout implements Dropout {
    private static final int CHANCES = 1 << 16;

    private final Key key;
    private final int[] samples;

    /**
     * @param key of the run and the epoch
     * @param samples which sample each row of the batch is
     */
    public SampleDropout(Key key, int[] samples) {
        this.key = key;
        this.samples = samples.clone();
    }

    @Override
    public boolean training() {
        return true;
    }

    @Override
    public Tensor dropPath(Tensor x, String place, double rate) {
        if (rate == 0) {
            return x;
        }
        float[] scale = new float[samples.length];
        for (int i = 0; i < samples.length; i++) {
            scale[i] = key.at(samples[i]).at(place).uniform() < rate ? 0 : (float) (1 / (1 - rate));
        }
        long[] shape = new long[Math.toIntExact(x.dim())];
        Arrays.fill(shape, 1);
        shape[0] = samples.length;
        return x.mul(Device.of(x).of(scale, shape).to(x.scalar_type()));
    }

    @Override
    public Tensor dropout(Tensor x, String place, double rate) {
        if (rate == 0) {
            return x;
        }
        int width = Math.toIntExact(x.numel() / x.size(0));
        byte[] kept = new byte[width * samples.length];
        int dropBelow = (int) Math.round(rate * CHANCES);
        IntStream.range(0, samples.length)
                .parallel()
                .forEach(i -> drawRow(key.at(samples[i]).at(place).stream(), dropBelow, kept, i * width, width));
        long[] shape = Tensors.shape(x);
        shape[0] = samples.length;
        // a mask of bytes: it is kept until backward
        Tensor mask = Device.of(x).of(kept, shape);
        return x.mul(mask).mul(new Scalar((float) (1.0 / (1.0 - rate))));
    }

    /** Four numbers of 16 bits from each draw of 64. */
    private static void drawRow(SplittableRandom random, int dropBelow, byte[] kept, int from, int width) {
        for (int j = 0; j < width; j += 4) {
            long bits = random.nextLong();
            for (int k = j; k < Math.min(j + 4, width); k++) {
                kept[from + k] = (byte) ((bits & (CHANCES - 1)) < dropBelow ? 0 : 1);
                bits >>>= 16;
            }
        }
    }
}
