package dev.inlay.bench;

import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** How fast this machine multiplies matrices, by the fastest of LibTorch's libraries. */
final class MatrixRate {
    /** Rows, inner size, columns: a large square, and the MLPs of ViT-B/16 and ViT-Ti/16 over a batch of 16. */
    private static final int[][] SIZES = {{2048, 2048, 2048}, {3152, 768, 3072}, {3152, 3072, 768}, {3152, 192, 768}};

    private static final long[] ONE = {1, 1};
    private static final long[] NONE = {0, 0};

    private MatrixRate() {}

    /**
     * The best of many products with LibTorch's present number of threads.
     *
     * @param precision of what is multiplied
     * @param each how long each size is tried with each library
     * @return floating-point operations per second
     */
    static double measure(Precision precision, Duration each) {
        ScalarType type = precision == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        double best = 0;
        for (int[] size : SIZES) {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard guard = new NoGradGuard()) {
                Tensor x = torch.randn(size[0], size[1]).to(type);
                Tensor matrix = torch.randn(size[2], size[1]).to(type);
                for (Supplier<Tensor> product : products(x, matrix)) {
                    best = Math.max(best, 2.0 * size[0] * size[1] * size[2] / least(product, each));
                }
            }
        }
        return best;
    }

    /** x Wᵀ as a linear layer (BLAS; oneDNN in bf16) and as a convolution of 1 × 1 (oneDNN), the channels of a pixel side by side. */
    static List<Supplier<Tensor>> products(Tensor x, Tensor matrix) {
        Tensor pixels = x.view(1, 1, x.size(0), x.size(1)).permute(0, 3, 1, 2);
        Tensor filters = matrix.view(matrix.size(0), matrix.size(1), 1, 1);
        return List.of(
                () -> torch.linear(x, matrix),
                () -> torch.conv2d(pixels, filters, Tensors.optional(null), ONE, NONE, ONE, 1));
    }

    /** The least seconds of one of many runs. */
    private static double least(Supplier<Tensor> product, Duration time) {
        double least = Double.POSITIVE_INFINITY;
        long begin = System.nanoTime();
        do {
            long start = System.nanoTime();
            try (PointerScope scope = new PointerScope()) {
                product.get().close();
            }
            least = Math.min(least, (System.nanoTime() - start) / 1e9);
        } while (System.nanoTime() - begin < time.toNanos());
        return least;
    }
}
