package dev.inlay.kernels;

import dev.inlay.tensor.LibTorch;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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

/** What a call of the native library costs by either face; on JDK 22 or newer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NativeCallBenchmark {
    private static final int WIDTH = 192;
    private static final int ENTRIES = 50;

    /** How the library is called. */
    @Param({"jni", "ffm"})
    public String face;

    private PointerScope scope;
    private NoGradGuard guard;
    private NativeKernels kernels;
    private NativeSampledProduct product;
    private Tensor g;
    private Tensor x;

    /** Loads the library, and makes the operands of a small product. */
    @Setup
    public void open() throws ReflectiveOperationException {
        LibTorch.load();
        torch.set_num_threads(1);
        Path library = KernelLibrary.file("inlay_kernels").orElseThrow();
        kernels = face.equals("jni") ? new JniKernels(library) : ForeignKernels.open(library);
        scope = new PointerScope();
        guard = new NoGradGuard();
        SplittableRandom random = new SplittableRandom(0);
        product = new NativeSampledProduct(
                kernels,
                InstructionSet.BEST,
                random.ints(ENTRIES, 0, WIDTH).sorted().toArray(),
                random.ints(ENTRIES, 0, WIDTH).toArray());
        g = torch.randn(197, WIDTH);
        x = torch.randn(197, WIDTH);
    }

    /** Frees them. */
    @TearDown
    public void close() {
        product.close();
        guard.close();
        scope.close();
    }

    /** A function without arguments that does nothing. */
    @Benchmark
    public int nothing() {
        return kernels.kernelsVersion();
    }

    /** A function of 14 arguments, refused at the first. */
    @Benchmark
    public int arguments() {
        return kernels.sampledProduct(0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    }

    /** 50 entries of a (192, 192) matrix over 197 tokens: one image of ViT-Ti, the least there is. */
    @Benchmark
    public void product() {
        try (PointerScope inner = new PointerScope()) {
            product.gradient(g, x, 1);
        }
    }
}
