package dev.inlay.benchmark;

import dev.inlay.kernels.Kernels;
import dev.inlay.kernels.SampledProduct;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The gradient of single weights by the native kernel and by LibTorch, in turn in one run, for the matrices of a ViT-B/16:
 * entries anywhere, then a rectangle of which a share is chosen.
 *
 * <p>Arguments: rounds (7) and tokens (8 × 197).
 */
public final class SampledProducts {
    private static final int[][] MATRICES = {{768, 768}, {3072, 768}, {768, 3072}};
    private static final int[] ENTRIES = {50, 500, 5_000, 20_000};
    private static final int[] RECTANGLES = {16, 64, 256};
    private static final double[] SHARES = {0.05, 0.1, 0.25, 0.5, 1};

    private final int rounds;
    private final int tokens;
    private final SplittableRandom random = new SplittableRandom(0);

    private SampledProducts(int rounds, int tokens) {
        this.rounds = rounds;
        this.tokens = tokens;
    }

    public static void main(String[] arguments) {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 7;
        int tokens = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8 * 197;
        System.out.printf(
                "median (least) of %d rounds, %d tokens, %d threads, %s%n",
                rounds, tokens, torch.get_num_threads(), Kernels.describe());
        System.out.printf("%28s %20s %20s %14s%n", "", "native, ms", "LibTorch, ms", "LibTorch/native");
        SampledProducts benchmark = new SampledProducts(rounds, tokens);
        for (int[] matrix : MATRICES) {
            for (int count : ENTRIES) {
                benchmark.anywhere(matrix[0], matrix[1], count);
            }
        }
        for (int side : RECTANGLES) {
            for (double share : SHARES) {
                benchmark.rectangle(side, share);
            }
        }
    }

    private void anywhere(int out, int in, int count) {
        int[] at = random.ints(0, out * in).distinct().limit(count).sorted().toArray();
        compare("%d × %d: %d".formatted(out, in, count), out, in, at);
    }

    private void rectangle(int side, double share) {
        int width = 768;
        int[] at = IntStream.range(0, side * side)
                .filter(i -> random.nextDouble() < share)
                .map(i -> i / side * width + i % side)
                .toArray();
        compare("%d × %d: %.0f %%".formatted(side, side, 100 * share), width, width, at);
    }

    private void compare(String what, int out, int in, int[] at) {
        int[] rows = Arrays.stream(at).map(i -> i / in).toArray();
        int[] columns = Arrays.stream(at).map(i -> i % in).toArray();
        double[] natives = new double[rounds];
        double[] libTorchs = new double[rounds];
        try (PointerScope scope = new PointerScope();
                NoGradGuard guard = new NoGradGuard();
                SampledProduct ours = product("native", rows, columns);
                SampledProduct libTorch = product("libtorch", rows, columns)) {
            Tensor g = torch.randn(tokens, out);
            Tensor x = torch.randn(tokens, in);
            millis(ours, g, x);
            millis(libTorch, g, x);
            for (int i = 0; i < rounds; i++) {
                natives[i] = millis(ours, g, x);
                libTorchs[i] = millis(libTorch, g, x);
            }
        }
        Arrays.sort(natives);
        Arrays.sort(libTorchs);
        double first = natives[rounds / 2];
        double second = libTorchs[rounds / 2];
        System.out.printf(
                "%28s %11.2f (%.2f) %11.2f (%.2f) %8.1f (%.1f)%n",
                what, first, natives[0], second, libTorchs[0], second / first, libTorchs[0] / natives[0]);
    }

    private static SampledProduct product(String kernels, int[] rows, int[] columns) {
        System.setProperty(Kernels.PROPERTY, kernels);
        try {
            return new SampledProduct(rows, columns);
        } finally {
            System.clearProperty(Kernels.PROPERTY);
        }
    }

    private static double millis(SampledProduct product, Tensor g, Tensor x) {
        try (PointerScope scope = new PointerScope()) {
            long start = System.nanoTime();
            product.gradient(g, x);
            return (System.nanoTime() - start) / 1e6;
        }
    }
}
