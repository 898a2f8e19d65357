package dev.inlay.kernels;

import dev.inlay.tensor.Device;
import dev.inlay.tensor.LibTorch;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The gradient of single weights of a matrix of ViT-B/16, for 8 images. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SampledProductBenchmark {
    private static final int TOKENS = 8 * 197;

    /** {@code out x in}. */
    @Param({"768x768", "3072x768", "768x3072"})
    public String matrix;

    /** How many single weights anywhere in the matrix; or {@code SIDE/SHARE}: that share of a square in a corner of it. */
    @Param({"50", "500", "5000", "20000"})
    public String entries;

    /** As {@link Kernels#PROPERTY} has it. */
    @Param({"native", "libtorch"})
    public String kernels;

    private PointerScope scope;
    private NoGradGuard guard;
    private SampledProduct product;
    private Tensor g;
    private Tensor x;

    /** Makes the operands. */
    @Setup
    public void open() {
        LibTorch.load();
        System.setProperty(Kernels.PROPERTY, kernels);
        int[] size =
                Arrays.stream(matrix.split("x")).mapToInt(Integer::parseInt).toArray();
        int[] at = positions(size[0], size[1]);
        scope = new PointerScope();
        guard = new NoGradGuard();
        product = new SampledProduct(
                Device.CPU,
                Arrays.stream(at).map(i -> i / size[1]).toArray(),
                Arrays.stream(at).map(i -> i % size[1]).toArray());
        g = torch.randn(TOKENS, size[0]);
        x = torch.randn(TOKENS, size[1]);
    }

    private int[] positions(int out, int in) {
        SplittableRandom random = new SplittableRandom(0);
        String[] square = entries.split("/");
        if (square.length == 1) {
            return random.ints(0, out * in)
                    .distinct()
                    .limit(Integer.parseInt(entries))
                    .sorted()
                    .toArray();
        }
        int side = Integer.parseInt(square[0]);
        double share = Double.parseDouble(square[1]);
        return IntStream.range(0, side * side)
                .filter(i -> random.nextDouble() < share)
                .map(i -> i / side * in + i % side)
                .toArray();
    }

    /** Frees them. */
    @TearDown
    public void close() {
        product.close();
        guard.close();
        scope.close();
    }

    /** One gradient. */
    @Benchmark
    public void gradient() {
        try (PointerScope inner = new PointerScope()) {
            product.gradient(g, x);
        }
    }
}
