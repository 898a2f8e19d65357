package dev.inlay.kernels;

import dev.inlay.kernels.SparseProduct.Images;
import dev.inlay.tensor.LibTorch;
import java.util.List;
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

/** What single weights of 32 tasks add to a product of 32 images, at the width of ViT-B/16. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SparseProductBenchmark {
    private static final int IMAGES = 32;
    private static final int TOKENS = 197;
    private static final int WIDTH = 768;

    /** Single weights of each task, anywhere in the matrix. */
    @Param({"50", "500", "5000"})
    public int entries;

    /** As {@link Kernels#PROPERTY} has it. */
    @Param({"native", "libtorch"})
    public String kernels;

    private PointerScope scope;
    private NoGradGuard guard;
    private List<Images> images;
    private Tensor x;
    private Tensor y;

    /** Makes the operands. */
    @Setup
    public void open() {
        LibTorch.load();
        System.setProperty(Kernels.PROPERTY, kernels);
        scope = new PointerScope();
        guard = new NoGradGuard();
        SplittableRandom random = new SplittableRandom(0);
        images = IntStream.range(0, IMAGES)
                .mapToObj(image -> new Images(product(random), image, 1))
                .toList();
        x = torch.randn(IMAGES, TOKENS, WIDTH);
        y = torch.zeros(IMAGES, TOKENS, WIDTH);
    }

    private SparseProduct product(SplittableRandom random) {
        int[] at =
                random.ints(0, WIDTH * WIDTH).distinct().limit(entries).sorted().toArray();
        return new SparseProduct(at, torch.randn(entries), WIDTH);
    }

    /** Frees them. */
    @TearDown
    public void close() {
        images.forEach(some -> some.product().close());
        guard.close();
        scope.close();
    }

    /** One product of the batch. */
    @Benchmark
    public void add() {
        SparseProduct.add(images, x, y);
    }
}
