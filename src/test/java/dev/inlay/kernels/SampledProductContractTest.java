package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.inlay.error.InlayException;
import dev.inlay.tensor.Device;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The native sampled product gives what LibTorch's does, through either face, at every instruction set there is. */
class SampledProductContractTest {
    /** Of the largest sum of magnitudes: both add up in single precision, in different orders. */
    private static final double TOLERANCE = 1e-6;

    /** Entries of a matrix. */
    private record Entries(int[] rows, int[] columns) {}

    @ParameterizedTest
    @EnumSource
    void random(Faces face) throws ReflectiveOperationException {
        SplittableRandom random = new SplittableRandom(5);
        NativeKernels kernels = face.open();
        for (int i = 0; i < 60; i++) {
            int tokens = random.nextInt(1, 400);
            int out = random.nextInt(1, 150);
            int in = random.nextInt(1, 150);
            Entries entries = entries(random, random.nextInt(1, 500), out, in);
            try (PointerScope scope = new PointerScope()) {
                agree(kernels, entries, torch.randn(tokens, out), torch.randn(tokens, in));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyLayout(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        Entries entries = entries(new SplittableRandom(1), 200, 24, 30);
        BiConsumer<Tensor, Tensor> agree = (g, x) -> agree(kernels, entries, g, x);
        try (PointerScope scope = new PointerScope()) {
            agree.accept(torch.randn(4, 7, 24), torch.randn(4, 7, 30)); // tokens of images
            agree.accept(
                    torch.randn(4, 7, 72).narrow(2, 24, 24),
                    torch.randn(4, 7, 33).narrow(2, 3, 30)); // parts of rows
            agree.accept(torch.randn(24, 28).t(), torch.randn(30, 28).t()); // columns next to each other
            agree.accept(
                    torch.randn(7, 4, 24).transpose(0, 1), torch.randn(7, 4, 30).transpose(0, 1));
            agree.accept(torch.randn(1, 24).expand(50, 24), torch.randn(50, 30)); // a row again and again
            agree.accept(torch.randn(1, 1).expand(50, 24), torch.randn(50, 30)); // the gradient of a sum
            agree.accept(torch.randn(1, 24), torch.randn(1, 30));
            agree.accept(torch.randn(24), torch.randn(30));
            agree.accept(Precision.BF16.of(torch.randn(4, 7, 24)), Precision.BF16.of(torch.randn(4, 7, 30)));
            agree.accept(
                    Precision.BF16.of(torch.randn(4, 7, 72)).narrow(2, 24, 24), torch.randn(4, 7, 30)); // of two types
        }
    }

    @ParameterizedTest
    @EnumSource
    void edges(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        int[] zeros = new int[9];
        int[] upTo9 = IntStream.range(0, 9).toArray();
        int[] from9 = IntStream.range(0, 9).map(i -> 8 - i).toArray();
        try (PointerScope scope = new PointerScope()) {
            Tensor g = torch.randn(65, 9);
            Tensor x = torch.randn(65, 9);
            agree(kernels, new Entries(new int[0], new int[0]), g, x);
            agree(kernels, new Entries(new int[] {8}, new int[] {8}), g, x);
            agree(kernels, new Entries(zeros, upTo9), g, x);
            agree(kernels, new Entries(upTo9, zeros), g, x);
            agree(kernels, new Entries(zeros, zeros), g, x); // one entry again and again
            agree(kernels, new Entries(from9, upTo9), g, x);
            agree(kernels, new Entries(zeros, zeros), torch.randn(65, 1), torch.randn(65, 1));
            agree(kernels, new Entries(upTo9, from9), torch.randn(0, 9), torch.randn(0, 9)); // no tokens: zeros
        }
    }

    @ParameterizedTest
    @EnumSource
    void equalBitsWithAnyNumberOfThreads(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        Entries entries = entries(new SplittableRandom(2), 3000, 96, 64);
        try (PointerScope scope = new PointerScope();
                NativeSampledProduct product =
                        new NativeSampledProduct(kernels, InstructionSet.BEST, entries.rows(), entries.columns())) {
            Tensor g = torch.randn(8 * 197, 96);
            Tensor x = torch.randn(8 * 197, 64);
            float[] alone = Tensors.floats(product.gradient(g, x, 1));
            for (int threads : new int[] {2, 3, 7, 64}) {
                assertThat(Tensors.floats(product.gradient(g, x, threads))).isEqualTo(alone);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void saysWhatItRefuses(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        try (PointerScope scope = new PointerScope();
                NativeSampledProduct product =
                        new NativeSampledProduct(kernels, InstructionSet.BEST, new int[] {9}, new int[] {0})) {
            Tensor g = torch.randn(3, 9);
            assertThatThrownBy(() -> product.gradient(g, torch.randn(3, 4)))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("(9, 4) matrix over 3 tokens");
        }
    }

    @Test
    void leavesOtherTypesToLibTorch() {
        Entries entries = entries(new SplittableRandom(3), 5, 24, 30);
        try (PointerScope scope = new PointerScope();
                SampledProduct product = new SampledProduct(Device.CPU, entries.rows(), entries.columns())) {
            Tensor g = torch.randn(40, 24).to(ScalarType.Double);
            Tensor x = torch.randn(40, 30).to(ScalarType.Double);
            Tensor gradient = product.gradient(g, x);
            assertThat(NativeSampledProduct.takes(g, x)).isFalse();
            assertThat(NativeSampledProduct.takes(g.to(ScalarType.Float), x.to(ScalarType.Float)))
                    .isTrue();
            assertThat(gradient.scalar_type().intern()).isEqualTo(ScalarType.Double);
            assertThat(Tensors.doubles(gradient)[0]).isCloseTo(exact(entries, g, x)[0], within(1e-12));
        }
    }

    private static void agree(NativeKernels kernels, Entries entries, Tensor g, Tensor x) {
        double[] magnitudes = exact(entries, g.abs(), x.abs());
        double[] exact = exact(entries, g, x);
        List<float[]> results = new ArrayList<>();
        try (LibTorchSampledProduct product =
                new LibTorchSampledProduct(Device.CPU, entries.rows(), entries.columns())) {
            results.add(floats(product.gradient(g, x)));
        }
        for (int level = 0; level <= kernels.kernelsLevel(); level++) {
            try (NativeSampledProduct product =
                    new NativeSampledProduct(kernels, InstructionSet.of(level), entries.rows(), entries.columns())) {
                results.add(floats(product.gradient(g, x)));
            }
        }
        for (float[] result : results) {
            assertThat(result).hasSize(exact.length);
            for (int i = 0; i < exact.length; i++) {
                assertThat((double) result[i]).isCloseTo(exact[i], within(TOLERANCE * magnitudes[i] + 1e-30));
            }
        }
    }

    /** Sums in double precision, without either implementation. */
    private static double[] exact(Entries entries, Tensor g, Tensor x) {
        int out = Math.toIntExact(g.size(-1));
        int in = Math.toIntExact(x.size(-1));
        double[] gs = g.numel() == 0 ? new double[0] : Tensors.doubles(g);
        double[] xs = x.numel() == 0 ? new double[0] : Tensors.doubles(x);
        return IntStream.range(0, entries.rows().length)
                .mapToDouble(i -> IntStream.range(0, gs.length / out)
                        .mapToDouble(t -> gs[t * out + entries.rows()[i]] * xs[t * in + entries.columns()[i]])
                        .sum())
                .toArray();
    }

    private static float[] floats(Tensor tensor) {
        return tensor.numel() == 0 ? new float[0] : Tensors.floats(tensor);
    }

    private static Entries entries(SplittableRandom random, int count, int out, int in) {
        return new Entries(
                random.ints(count, 0, out).toArray(), random.ints(count, 0, in).toArray());
    }
}
