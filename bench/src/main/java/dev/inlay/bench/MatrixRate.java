package dev.inlay.bench;

import java.time.Duration;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How fast this machine multiplies matrices. */
final class MatrixRate {
    /** Rows, inner size, columns: a large square, and the MLP of ViT-B/16 over a batch of 16. */
    private static final int[][] SIZES = {{2048, 2048, 2048}, {3152, 768, 3072}};

    private MatrixRate() {}

    /**
     * The best of many float32 products by LibTorch's BLAS with its present number of threads.
     *
     * @param each how long each size is tried
     * @return floating-point operations per second
     */
    static double measure(Duration each) {
        double best = 0;
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard()) {
            for (int[] size : SIZES) {
                best = Math.max(best, best(size, each));
            }
        }
        return best;
    }

    private static double best(int[] size, Duration time) {
        Tensor a = torch.randn(size[0], size[1]);
        Tensor b = torch.randn(size[1], size[2]);
        Tensor product = torch.empty(size[0], size[2]);
        double operations = 2.0 * size[0] * size[1] * size[2];
        double best = 0;
        long begin = System.nanoTime();
        do {
            long start = System.nanoTime();
            torch.mm_out(product, a, b);
            best = Math.max(best, operations / (System.nanoTime() - start) * 1e9);
        } while (System.nanoTime() - begin < time.toNanos());
        return best;
    }
}
