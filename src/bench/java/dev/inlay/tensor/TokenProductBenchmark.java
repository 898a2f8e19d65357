package dev.inlay.tensor;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
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

/** A linear layer of a ViT, forward and back, for 16 images. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class TokenProductBenchmark {
    private static final int IMAGES = 16;
    private static final int TOKENS = 197;

    /** {@code out x in}. */
    @Param({"576x192", "768x192", "192x768", "2304x768", "3072x768", "768x3072"})
    public String matrix;

    /** As {@link ProductLibrary#PROPERTY} has it. */
    @Param({"blas", "onednn"})
    public String products;

    /** Whether the matrix has a gradient, too. */
    @Param({"false", "true"})
    public boolean trained;

    private PointerScope scope;
    private Tensor x;
    private Tensor weight;
    private Tensor gradient;

    /** Makes the operands. */
    @Setup
    public void open() {
        LibTorch.load();
        System.setProperty(ProductLibrary.PROPERTY, products);
        int[] size =
                Arrays.stream(matrix.split("x")).mapToInt(Integer::parseInt).toArray();
        scope = new PointerScope();
        x = torch.randn(IMAGES, TOKENS, size[1]);
        x.set_requires_grad(true);
        weight = torch.randn(size[0], size[1]);
        weight.set_requires_grad(trained);
        gradient = torch.randn(IMAGES, TOKENS, size[0]);
    }

    /** Frees them. */
    @TearDown
    public void close() {
        scope.close();
    }

    /** The product and the gradients of what it was made from. */
    @Benchmark
    public void forwardAndBackward() {
        try (PointerScope inner = new PointerScope();
                OwnGradients own = new OwnGradients()) {
            TokenProduct.of(x, weight, null).mul(gradient).sum().backward();
            x.mutable_grad().reset();
            weight.mutable_grad().reset();
        }
    }
}
