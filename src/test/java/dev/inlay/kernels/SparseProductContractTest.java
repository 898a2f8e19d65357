package dev.inlay.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.inlay.error.InlayException;
import dev.inlay.kernels.SparseProduct.Images;
import dev.inlay.tensor.Precision;
import dev.inlay.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Native sparse products give what LibTorch's do, and what dense ones in double precision do, through either face. */
class SparseProductContractTest {
    private static final double TOLERANCE = 1e-6;

    @ParameterizedTest
    @EnumSource
    void everyTailOfTokensAndEntries(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        SplittableRandom random = new SplittableRandom(3);
        torch.manual_seed(3);
        for (int tokens : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 50, 197}) {
            for (int entries : new int[] {0, 1, 2, 37, 500}) {
                for (int threads : new int[] {1, 3}) {
                    agree(kernels, threads, random, tokens, 1 + random.nextInt(40), 1 + random.nextInt(40), entries);
                    agree(kernels, threads, random, tokens, 48, 16 * (1 + random.nextInt(4)), entries);
                }
            }
        }
    }

    /** Three images of one matrix, one without any, two of another matrix. */
    private static void agree(
            NativeKernels kernels, int threads, SplittableRandom random, int tokens, int in, int out, int entries) {
        try (PointerScope scope = new PointerScope();
                SparseProduct first = product(random, in, out, entries);
                SparseProduct second = product(random, in, out, 5)) {
            List<Images> images = List.of(
                    new Images(Optional.of(first), false, 0, 3),
                    new Images(Optional.of(second), true, 4, 1),
                    new Images(Optional.empty(), true, 5, 1));
            Tensor shifts = torch.randn(6, out);
            Tensor x = torch.randn(6, tokens, in);
            Tensor before = torch.randn(6, tokens, out);
            Tensor ours = before.clone();
            SparseProduct.add(kernels, threads, images, shifts, x, ours);
            Tensor libTorchs = before.clone();
            SparseProduct.addByLibTorch(images, shifts, x, libTorchs);
            Tensor exact = before.to(ScalarType.Double);
            Tensor summed = exact.abs(); // rounding grows with what is summed, not with what it comes to
            exact.narrow(0, 4, 2).add_(shifts.narrow(0, 4, 2).unsqueeze(1));
            for (Images some : images.subList(0, 2)) {
                Tensor rows = x.narrow(0, some.from(), some.count()).to(ScalarType.Double);
                Tensor dense = dense(some.product().orElseThrow(), in, out).t();
                exact.narrow(0, some.from(), some.count()).add_(rows.matmul(dense));
                summed.narrow(0, some.from(), some.count()).add_(rows.abs().matmul(dense.abs()));
            }
            double tolerance = TOLERANCE * (1 + summed.max().item_double());
            assertThat(largest(ours.to(ScalarType.Double).sub(exact))).isLessThan(tolerance);
            assertThat(largest(libTorchs.to(ScalarType.Double).sub(exact))).isLessThan(tolerance);
            assertThat(Tensors.floats(ours.select(0, 3))).isEqualTo(Tensors.floats(before.select(0, 3)));
        }
    }

    /** What is added to bfloat16 numbers is added up in float32, and the sum rounded once. */
    @ParameterizedTest
    @EnumSource
    void bf16IsRoundedOnce(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        try (PointerScope scope = new PointerScope();
                SparseProduct product = product(new SplittableRandom(5), 40, 24, 300)) {
            List<Images> images = List.of(new Images(Optional.of(product), true, 1, 2));
            Tensor shifts = torch.randn(4, 24);
            Tensor x = Precision.BF16.of(torch.randn(4, 19, 40));
            Tensor before = Precision.BF16.of(torch.randn(4, 19, 24));
            Tensor exact = Precision.FLOAT32.of(before).clone();
            SparseProduct.add(kernels, 2, images, shifts, Precision.FLOAT32.of(x), exact);
            Tensor expected = Precision.FLOAT32.of(Precision.BF16.of(exact));
            Tensor ours = before.clone();
            SparseProduct.add(kernels, 2, images, shifts, x, ours);
            Tensor libTorchs = before.clone();
            SparseProduct.addByLibTorch(images, shifts, x, libTorchs);
            // sums in another order may fall on the other side of the middle between two numbers
            for (Tensor found : List.of(ours, libTorchs)) {
                Tensor off = Precision.FLOAT32.of(found).sub(expected).abs();
                assertThat(largest(off.div(expected.abs().clamp_min(new Scalar(1.0)))))
                        .isLessThan(1.0 / 128);
                assertThat(off.ne(new Scalar(0.0)).sum().item_long()).isLessThan(expected.numel() / 100);
            }
        }
    }

    private static double largest(Tensor difference) {
        return difference.abs().max().item_double();
    }

    private static SparseProduct product(SplittableRandom random, int in, int out, int entries) {
        int[] positions = random.ints(entries, 0, in * out).sorted().toArray();
        return new SparseProduct(positions, torch.randn(entries), in);
    }

    private static Tensor dense(SparseProduct product, int in, int out) {
        Tensor identity = torch.eye(in).unsqueeze(0); // a token for each column
        Tensor columns = torch.zeros(1, in, out);
        SparseProduct.addByLibTorch(List.of(new Images(Optional.of(product), false, 0, 1)), null, identity, columns);
        return columns.select(0, 0).t().to(ScalarType.Double);
    }

    @Test
    void everyLayoutAndShape() {
        try (PointerScope scope = new PointerScope();
                SparseProduct product =
                        new SparseProduct(new int[] {1, 4, 5, 11}, Tensors.of(new float[] {1, 2, 3, 4}, 4), 4)) {
            List<Images> all = List.of(new Images(Optional.of(product), false, 0, 2));
            List<Tensor> inputs = List.of(
                    torch.randn(2, 7, 4),
                    torch.randn(2, 7, 9).narrow(2, 3, 4), // parts of rows
                    torch.randn(7, 2, 4).transpose(0, 1),
                    torch.randn(2, 3, 5, 4), // tokens in a grid
                    torch.randn(2, 4)); // a token for each image
            for (Tensor x : inputs) {
                Tensor weight = torch.zeros(12);
                weight.index_copy_(
                        0, Tensors.indices(new int[] {1, 4, 5, 11}), Tensors.of(new float[] {1, 2, 3, 4}, 4));
                Tensor expected = torch.matmul(x, weight.view(3, 4).t());
                Tensor y = torch.zeros_like(expected);
                SparseProduct.add(all, null, x, y);
                assertThat(largest(y.sub(expected))).isLessThan(1e-5);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPositionOutsideOfTheMatrixIsRefused(Faces face) throws ReflectiveOperationException {
        NativeKernels kernels = face.open();
        try (PointerScope scope = new PointerScope();
                SparseProduct product = new SparseProduct(new int[] {12}, torch.ones(1), 4)) {
            Tensor x = torch.ones(1, 2, 4);
            Tensor y = torch.zeros(1, 2, 3);
            assertThatThrownBy(() -> SparseProduct.add(
                            kernels, 1, List.of(new Images(Optional.of(product), false, 0, 1)), null, x, y))
                    .isInstanceOf(InlayException.class)
                    .hasMessageContaining("code 1");
            assertThat(largest(y)).isZero();
        }
    }
}
